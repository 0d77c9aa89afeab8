import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from pointsman.v1 import attempt_pb2 as _attempt_pb2
from pointsman.v1 import completion_pb2 as _completion_pb2
from pointsman.v1 import decision_pb2 as _decision_pb2
from pointsman.v1 import entry_pb2 as _entry_pb2
from pointsman.v1 import route_input_pb2 as _route_input_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Record(_message.Message):
    __slots__ = ("decision_id", "create_time", "state", "decision", "attempts", "completion", "outcomes", "input", "entries", "input_digest", "output_digest")
    DECISION_ID_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    DECISION_FIELD_NUMBER: _ClassVar[int]
    ATTEMPTS_FIELD_NUMBER: _ClassVar[int]
    COMPLETION_FIELD_NUMBER: _ClassVar[int]
    OUTCOMES_FIELD_NUMBER: _ClassVar[int]
    INPUT_FIELD_NUMBER: _ClassVar[int]
    ENTRIES_FIELD_NUMBER: _ClassVar[int]
    INPUT_DIGEST_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_DIGEST_FIELD_NUMBER: _ClassVar[int]
    decision_id: str
    create_time: _timestamp_pb2.Timestamp
    state: _completion_pb2.CompletionState
    decision: _decision_pb2.Decision
    attempts: _containers.RepeatedCompositeFieldContainer[_attempt_pb2.Attempt]
    completion: _completion_pb2.Completion
    outcomes: _containers.RepeatedCompositeFieldContainer[_entry_pb2.Outcome]
    input: _route_input_pb2.RouteInput
    entries: _containers.RepeatedCompositeFieldContainer[EntryReference]
    input_digest: bytes
    output_digest: bytes
    def __init__(self, decision_id: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., state: _Optional[_Union[_completion_pb2.CompletionState, str]] = ..., decision: _Optional[_Union[_decision_pb2.Decision, _Mapping]] = ..., attempts: _Optional[_Iterable[_Union[_attempt_pb2.Attempt, _Mapping]]] = ..., completion: _Optional[_Union[_completion_pb2.Completion, _Mapping]] = ..., outcomes: _Optional[_Iterable[_Union[_entry_pb2.Outcome, _Mapping]]] = ..., input: _Optional[_Union[_route_input_pb2.RouteInput, _Mapping]] = ..., entries: _Optional[_Iterable[_Union[EntryReference, _Mapping]]] = ..., input_digest: _Optional[bytes] = ..., output_digest: _Optional[bytes] = ...) -> None: ...

class EntryReference(_message.Message):
    __slots__ = ("writer_id", "sequence", "digest")
    WRITER_ID_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    writer_id: str
    sequence: int
    digest: bytes
    def __init__(self, writer_id: _Optional[str] = ..., sequence: _Optional[int] = ..., digest: _Optional[bytes] = ...) -> None: ...

class RecordFilter(_message.Message):
    __slots__ = ("start_time", "end_time", "tenants", "apps", "users", "tasks", "target_ids", "states", "rule_ids", "policy_revision", "request_id", "conversation_id", "experiment_id")
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    TENANTS_FIELD_NUMBER: _ClassVar[int]
    APPS_FIELD_NUMBER: _ClassVar[int]
    USERS_FIELD_NUMBER: _ClassVar[int]
    TASKS_FIELD_NUMBER: _ClassVar[int]
    TARGET_IDS_FIELD_NUMBER: _ClassVar[int]
    STATES_FIELD_NUMBER: _ClassVar[int]
    RULE_IDS_FIELD_NUMBER: _ClassVar[int]
    POLICY_REVISION_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    CONVERSATION_ID_FIELD_NUMBER: _ClassVar[int]
    EXPERIMENT_ID_FIELD_NUMBER: _ClassVar[int]
    start_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    tenants: _containers.RepeatedScalarFieldContainer[str]
    apps: _containers.RepeatedScalarFieldContainer[str]
    users: _containers.RepeatedScalarFieldContainer[str]
    tasks: _containers.RepeatedScalarFieldContainer[_route_input_pb2.Task]
    target_ids: _containers.RepeatedScalarFieldContainer[str]
    states: _containers.RepeatedScalarFieldContainer[_completion_pb2.CompletionState]
    rule_ids: _containers.RepeatedScalarFieldContainer[str]
    policy_revision: str
    request_id: str
    conversation_id: str
    experiment_id: str
    def __init__(self, start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., tenants: _Optional[_Iterable[str]] = ..., apps: _Optional[_Iterable[str]] = ..., users: _Optional[_Iterable[str]] = ..., tasks: _Optional[_Iterable[_Union[_route_input_pb2.Task, str]]] = ..., target_ids: _Optional[_Iterable[str]] = ..., states: _Optional[_Iterable[_Union[_completion_pb2.CompletionState, str]]] = ..., rule_ids: _Optional[_Iterable[str]] = ..., policy_revision: _Optional[str] = ..., request_id: _Optional[str] = ..., conversation_id: _Optional[str] = ..., experiment_id: _Optional[str] = ...) -> None: ...
