import { type DescFile, toBinary } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import type { Server } from "@grpc/grpc-js";
import { ReflectionService } from "@grpc/reflection";
import { file_health_v1_health } from "#gen/health/v1/health_pb.ts";
import { file_pointsman_v1_audit_service } from "#gen/pointsman/v1/audit_service_pb.ts";
import { file_pointsman_v1_error_reason } from "#gen/pointsman/v1/error_reason_pb.ts";
import { file_pointsman_v1_route_service } from "#gen/pointsman/v1/route_service_pb.ts";
import { file_pointsman_v1_stream_service } from "#gen/pointsman/v1/stream_service_pb.ts";

/** Adds gRPC server reflection, v1 and v1alpha, for the whole contract and for health: what grpcurl and its like ask for. */
export function addReflection(server: Server): void {
  const files = new Map<string, DescFile>();
  const collect = (file: DescFile): void => {
    if (files.has(file.name)) return;
    // Files come after what they depend on.
    for (const dependency of file.dependencies) collect(dependency);
    files.set(file.name, file);
  };
  for (const file of [
    file_pointsman_v1_route_service,
    file_pointsman_v1_stream_service,
    file_pointsman_v1_audit_service,
    file_pointsman_v1_error_reason,
    file_health_v1_health,
  ]) {
    collect(file);
  }
  // The files as they are: a loader would melt them into one by package and lose what each of them imports, and then
  // clients that link descriptors strictly find nothing.
  const fileDescriptorProtos = [...files.values()].map(({ proto }) =>
    Buffer.from(toBinary(FileDescriptorProtoSchema, proto)),
  );
  new ReflectionService({
    contract: { format: "Protocol Buffer 3 EnumDescriptorProto", type: {}, fileDescriptorProtos },
  }).addToServer(server);
}
