"""The contract: every message, enum and value of ``pointsman.v1``."""

from pointsman.v1.attempt_pb2 import *
from pointsman.v1.audit_service_pb2 import *
from pointsman.v1.completion_pb2 import *
from pointsman.v1.decision_pb2 import *
from pointsman.v1.entry_pb2 import *
from pointsman.v1.error_reason_pb2 import *
from pointsman.v1.facts_pb2 import *
from pointsman.v1.policy_pb2 import *
from pointsman.v1.record_pb2 import *
from pointsman.v1.route_input_pb2 import *
from pointsman.v1.route_service_pb2 import *
from pointsman.v1.scorecard_pb2 import *
from pointsman.v1.stream_service_pb2 import *
from pointsman.v1.target_pb2 import *
from pointsman.v1.audit_service_pb2_grpc import AuditServiceStub as AuditServiceStub
from pointsman.v1.route_service_pb2_grpc import RouteServiceStub as RouteServiceStub
from pointsman.v1.stream_service_pb2_grpc import StreamServiceStub as StreamServiceStub
