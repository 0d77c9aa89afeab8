import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from pointsman.v1 import attempt_pb2 as _attempt_pb2
from pointsman.v1 import completion_pb2 as _completion_pb2
from pointsman.v1 import decision_pb2 as _decision_pb2
from pointsman.v1 import facts_pb2 as _facts_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Entry(_message.Message):
    __slots__ = ("writer_id", "sequence", "create_time", "decision_id", "tenant", "decided", "attempted", "finished", "outcome", "notice", "previous_digest", "digest")
    WRITER_ID_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    DECISION_ID_FIELD_NUMBER: _ClassVar[int]
    TENANT_FIELD_NUMBER: _ClassVar[int]
    DECIDED_FIELD_NUMBER: _ClassVar[int]
    ATTEMPTED_FIELD_NUMBER: _ClassVar[int]
    FINISHED_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    NOTICE_FIELD_NUMBER: _ClassVar[int]
    PREVIOUS_DIGEST_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    writer_id: str
    sequence: int
    create_time: _timestamp_pb2.Timestamp
    decision_id: str
    tenant: str
    decided: Decided
    attempted: Attempted
    finished: Finished
    outcome: Outcome
    notice: Notice
    previous_digest: bytes
    digest: bytes
    def __init__(self, writer_id: _Optional[str] = ..., sequence: _Optional[int] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., decision_id: _Optional[str] = ..., tenant: _Optional[str] = ..., decided: _Optional[_Union[Decided, _Mapping]] = ..., attempted: _Optional[_Union[Attempted, _Mapping]] = ..., finished: _Optional[_Union[Finished, _Mapping]] = ..., outcome: _Optional[_Union[Outcome, _Mapping]] = ..., notice: _Optional[_Union[Notice, _Mapping]] = ..., previous_digest: _Optional[bytes] = ..., digest: _Optional[bytes] = ...) -> None: ...

class Decided(_message.Message):
    __slots__ = ("decision", "input_digest", "content_id")
    DECISION_FIELD_NUMBER: _ClassVar[int]
    INPUT_DIGEST_FIELD_NUMBER: _ClassVar[int]
    CONTENT_ID_FIELD_NUMBER: _ClassVar[int]
    decision: _decision_pb2.Decision
    input_digest: bytes
    content_id: str
    def __init__(self, decision: _Optional[_Union[_decision_pb2.Decision, _Mapping]] = ..., input_digest: _Optional[bytes] = ..., content_id: _Optional[str] = ...) -> None: ...

class Attempted(_message.Message):
    __slots__ = ("attempt",)
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    attempt: _attempt_pb2.Attempt
    def __init__(self, attempt: _Optional[_Union[_attempt_pb2.Attempt, _Mapping]] = ...) -> None: ...

class Finished(_message.Message):
    __slots__ = ("completion", "output_digest", "content_id")
    COMPLETION_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_DIGEST_FIELD_NUMBER: _ClassVar[int]
    CONTENT_ID_FIELD_NUMBER: _ClassVar[int]
    completion: _completion_pb2.Completion
    output_digest: bytes
    content_id: str
    def __init__(self, completion: _Optional[_Union[_completion_pb2.Completion, _Mapping]] = ..., output_digest: _Optional[bytes] = ..., content_id: _Optional[str] = ...) -> None: ...

class Outcome(_message.Message):
    __slots__ = ("decision_id", "reporter", "success", "score", "comment", "caller", "create_time")
    DECISION_ID_FIELD_NUMBER: _ClassVar[int]
    REPORTER_FIELD_NUMBER: _ClassVar[int]
    SUCCESS_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    COMMENT_FIELD_NUMBER: _ClassVar[int]
    CALLER_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    decision_id: str
    reporter: str
    success: bool
    score: float
    comment: str
    caller: _facts_pb2.Caller
    create_time: _timestamp_pb2.Timestamp
    def __init__(self, decision_id: _Optional[str] = ..., reporter: _Optional[str] = ..., success: _Optional[bool] = ..., score: _Optional[float] = ..., comment: _Optional[str] = ..., caller: _Optional[_Union[_facts_pb2.Caller, _Mapping]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class Notice(_message.Message):
    __slots__ = ("kind", "message", "details")
    class Kind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        KIND_UNSPECIFIED: _ClassVar[Notice.Kind]
        KIND_STARTED: _ClassVar[Notice.Kind]
        KIND_STOPPED: _ClassVar[Notice.Kind]
        KIND_RELOADED: _ClassVar[Notice.Kind]
        KIND_SIGNED: _ClassVar[Notice.Kind]
        KIND_ERASED: _ClassVar[Notice.Kind]
        KIND_PRUNED: _ClassVar[Notice.Kind]
        KIND_BUDGET_THRESHOLD: _ClassVar[Notice.Kind]
        KIND_DRIFT: _ClassVar[Notice.Kind]
        KIND_UNRECORDED: _ClassVar[Notice.Kind]
    KIND_UNSPECIFIED: Notice.Kind
    KIND_STARTED: Notice.Kind
    KIND_STOPPED: Notice.Kind
    KIND_RELOADED: Notice.Kind
    KIND_SIGNED: Notice.Kind
    KIND_ERASED: Notice.Kind
    KIND_PRUNED: Notice.Kind
    KIND_BUDGET_THRESHOLD: Notice.Kind
    KIND_DRIFT: Notice.Kind
    KIND_UNRECORDED: Notice.Kind
    class DetailsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    KIND_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    DETAILS_FIELD_NUMBER: _ClassVar[int]
    kind: Notice.Kind
    message: str
    details: _containers.ScalarMap[str, str]
    def __init__(self, kind: _Optional[_Union[Notice.Kind, str]] = ..., message: _Optional[str] = ..., details: _Optional[_Mapping[str, str]] = ...) -> None: ...
