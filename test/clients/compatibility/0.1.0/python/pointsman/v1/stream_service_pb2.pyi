from pointsman.v1 import attempt_pb2 as _attempt_pb2
from pointsman.v1 import completion_pb2 as _completion_pb2
from pointsman.v1 import decision_pb2 as _decision_pb2
from pointsman.v1 import route_input_pb2 as _route_input_pb2
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class StreamRouteRequest(_message.Message):
    __slots__ = ("request_id", "input")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    INPUT_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    input: _route_input_pb2.RouteInput
    def __init__(self, request_id: _Optional[str] = ..., input: _Optional[_Union[_route_input_pb2.RouteInput, _Mapping]] = ...) -> None: ...

class StreamRouteResponse(_message.Message):
    __slots__ = ("decided", "attempt_started", "text_delta", "tool_call_delta", "attempt_failed", "restarted", "finished", "reasoning_delta")
    class Decided(_message.Message):
        __slots__ = ("decision",)
        DECISION_FIELD_NUMBER: _ClassVar[int]
        decision: _decision_pb2.Decision
        def __init__(self, decision: _Optional[_Union[_decision_pb2.Decision, _Mapping]] = ...) -> None: ...
    class AttemptStarted(_message.Message):
        __slots__ = ("index", "target_id", "hedge")
        INDEX_FIELD_NUMBER: _ClassVar[int]
        TARGET_ID_FIELD_NUMBER: _ClassVar[int]
        HEDGE_FIELD_NUMBER: _ClassVar[int]
        index: int
        target_id: str
        hedge: bool
        def __init__(self, index: _Optional[int] = ..., target_id: _Optional[str] = ..., hedge: _Optional[bool] = ...) -> None: ...
    class TextDelta(_message.Message):
        __slots__ = ("text",)
        TEXT_FIELD_NUMBER: _ClassVar[int]
        text: str
        def __init__(self, text: _Optional[str] = ...) -> None: ...
    class ToolCallDelta(_message.Message):
        __slots__ = ("index", "call_id", "name", "arguments_delta", "provider_token")
        INDEX_FIELD_NUMBER: _ClassVar[int]
        CALL_ID_FIELD_NUMBER: _ClassVar[int]
        NAME_FIELD_NUMBER: _ClassVar[int]
        ARGUMENTS_DELTA_FIELD_NUMBER: _ClassVar[int]
        PROVIDER_TOKEN_FIELD_NUMBER: _ClassVar[int]
        index: int
        call_id: str
        name: str
        arguments_delta: str
        provider_token: str
        def __init__(self, index: _Optional[int] = ..., call_id: _Optional[str] = ..., name: _Optional[str] = ..., arguments_delta: _Optional[str] = ..., provider_token: _Optional[str] = ...) -> None: ...
    class ReasoningDelta(_message.Message):
        __slots__ = ("text", "provider_token")
        TEXT_FIELD_NUMBER: _ClassVar[int]
        PROVIDER_TOKEN_FIELD_NUMBER: _ClassVar[int]
        text: str
        provider_token: str
        def __init__(self, text: _Optional[str] = ..., provider_token: _Optional[str] = ...) -> None: ...
    class AttemptFailed(_message.Message):
        __slots__ = ("attempt",)
        ATTEMPT_FIELD_NUMBER: _ClassVar[int]
        attempt: _attempt_pb2.Attempt
        def __init__(self, attempt: _Optional[_Union[_attempt_pb2.Attempt, _Mapping]] = ...) -> None: ...
    class Restarted(_message.Message):
        __slots__ = ("reason",)
        REASON_FIELD_NUMBER: _ClassVar[int]
        reason: str
        def __init__(self, reason: _Optional[str] = ...) -> None: ...
    class Finished(_message.Message):
        __slots__ = ("completion",)
        COMPLETION_FIELD_NUMBER: _ClassVar[int]
        completion: _completion_pb2.Completion
        def __init__(self, completion: _Optional[_Union[_completion_pb2.Completion, _Mapping]] = ...) -> None: ...
    DECIDED_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_STARTED_FIELD_NUMBER: _ClassVar[int]
    TEXT_DELTA_FIELD_NUMBER: _ClassVar[int]
    TOOL_CALL_DELTA_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FAILED_FIELD_NUMBER: _ClassVar[int]
    RESTARTED_FIELD_NUMBER: _ClassVar[int]
    FINISHED_FIELD_NUMBER: _ClassVar[int]
    REASONING_DELTA_FIELD_NUMBER: _ClassVar[int]
    decided: StreamRouteResponse.Decided
    attempt_started: StreamRouteResponse.AttemptStarted
    text_delta: StreamRouteResponse.TextDelta
    tool_call_delta: StreamRouteResponse.ToolCallDelta
    attempt_failed: StreamRouteResponse.AttemptFailed
    restarted: StreamRouteResponse.Restarted
    finished: StreamRouteResponse.Finished
    reasoning_delta: StreamRouteResponse.ReasoningDelta
    def __init__(self, decided: _Optional[_Union[StreamRouteResponse.Decided, _Mapping]] = ..., attempt_started: _Optional[_Union[StreamRouteResponse.AttemptStarted, _Mapping]] = ..., text_delta: _Optional[_Union[StreamRouteResponse.TextDelta, _Mapping]] = ..., tool_call_delta: _Optional[_Union[StreamRouteResponse.ToolCallDelta, _Mapping]] = ..., attempt_failed: _Optional[_Union[StreamRouteResponse.AttemptFailed, _Mapping]] = ..., restarted: _Optional[_Union[StreamRouteResponse.Restarted, _Mapping]] = ..., finished: _Optional[_Union[StreamRouteResponse.Finished, _Mapping]] = ..., reasoning_delta: _Optional[_Union[StreamRouteResponse.ReasoningDelta, _Mapping]] = ...) -> None: ...
