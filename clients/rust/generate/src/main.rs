//! A protoc plugin that writes tonic clients out of the descriptors on standard input, so that neither this
//! repository nor anybody who uses the crate needs protoc.

use std::io::{Read, Write};

use prost::Message;
use prost_types::FileDescriptorSet;
use prost_types::compiler::code_generator_response::{Feature, File};
use prost_types::compiler::{CodeGeneratorRequest, CodeGeneratorResponse};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut input = Vec::new();
    std::io::stdin().read_to_end(&mut input)?;
    let request = CodeGeneratorRequest::decode(input.as_slice())?;

    let folder = tempfile::tempdir()?;
    tonic_prost_build::configure()
        .build_server(false)
        // The feature keeps the crate usable where tonic's own transport is not wanted, as in WebAssembly.
        .build_transport(false)
        .out_dir(folder.path())
        .compile_fds(FileDescriptorSet { file: request.proto_file })?;

    let mut response = CodeGeneratorResponse {
        supported_features: Some(Feature::Proto3Optional as u64),
        ..CodeGeneratorResponse::default()
    };
    for entry in std::fs::read_dir(folder.path())? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).ok_or("a file name that is not UTF-8")?;
        response.file.push(File {
            name: Some(name.to_owned()),
            content: Some(std::fs::read_to_string(&path)?),
            ..File::default()
        });
    }
    response.file.sort_by(|a, b| a.name.cmp(&b.name));
    std::io::stdout().write_all(&response.encode_to_vec())?;
    Ok(())
}
