"""A protoc plugin: grpcio-tools' own, which otherwise only its own protoc can call, and the types to go with it.

Only files that hold a service get anything; for the others both generators would write an empty module.
"""

import pathlib
import subprocess
import sys
import tempfile

from google.protobuf import descriptor_pb2
from google.protobuf.compiler import plugin_pb2
from grpc_tools import protoc


def stubs(request: plugin_pb2.CodeGeneratorRequest, names: list[str]) -> dict[str, str]:
    with tempfile.TemporaryDirectory() as folder:
        descriptors = pathlib.Path(folder, "descriptors.binpb")
        descriptors.write_bytes(descriptor_pb2.FileDescriptorSet(file=request.proto_file).SerializeToString())
        out = pathlib.Path(folder, "out")
        out.mkdir()
        if protoc.main(["protoc", f"--descriptor_set_in={descriptors}", f"--grpc_python_out={out}", *names]) != 0:
            raise SystemExit("protoc failed")
        return {str(path.relative_to(out)): path.read_text() for path in out.rglob("*.py")}


def types(request: plugin_pb2.CodeGeneratorRequest) -> dict[str, str]:
    plugin = pathlib.Path(sys.executable).with_name("protoc-gen-mypy_grpc")
    ran = subprocess.run([plugin], input=request.SerializeToString(), capture_output=True, check=True)
    return {file.name: file.content for file in plugin_pb2.CodeGeneratorResponse.FromString(ran.stdout).file}


def main() -> None:
    request = plugin_pb2.CodeGeneratorRequest.FromString(sys.stdin.buffer.read())
    wanted = set(request.file_to_generate)
    names = [file.name for file in request.proto_file if file.name in wanted and file.service]
    del request.file_to_generate[:]
    request.file_to_generate.extend(names)

    response = plugin_pb2.CodeGeneratorResponse()
    response.supported_features = plugin_pb2.CodeGeneratorResponse.FEATURE_PROTO3_OPTIONAL
    if names:
        for name, content in sorted({**stubs(request, names), **types(request)}.items()):
            response.file.add(name=name, content=content)
    sys.stdout.buffer.write(response.SerializeToString())


if __name__ == "__main__":
    main()
