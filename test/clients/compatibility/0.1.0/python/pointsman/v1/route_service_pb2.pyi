from pointsman.v1 import completion_pb2 as _completion_pb2
from pointsman.v1 import decision_pb2 as _decision_pb2
from pointsman.v1 import entry_pb2 as _entry_pb2
from pointsman.v1 import facts_pb2 as _facts_pb2
from pointsman.v1 import policy_pb2 as _policy_pb2
from pointsman.v1 import route_input_pb2 as _route_input_pb2
from pointsman.v1 import target_pb2 as _target_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class RouteRequest(_message.Message):
    __slots__ = ("request_id", "input")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    INPUT_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    input: _route_input_pb2.RouteInput
    def __init__(self, request_id: _Optional[str] = ..., input: _Optional[_Union[_route_input_pb2.RouteInput, _Mapping]] = ...) -> None: ...

class RouteResponse(_message.Message):
    __slots__ = ("decision", "completion")
    DECISION_FIELD_NUMBER: _ClassVar[int]
    COMPLETION_FIELD_NUMBER: _ClassVar[int]
    decision: _decision_pb2.Decision
    completion: _completion_pb2.Completion
    def __init__(self, decision: _Optional[_Union[_decision_pb2.Decision, _Mapping]] = ..., completion: _Optional[_Union[_completion_pb2.Completion, _Mapping]] = ...) -> None: ...

class ExplainRequest(_message.Message):
    __slots__ = ("input",)
    INPUT_FIELD_NUMBER: _ClassVar[int]
    input: _route_input_pb2.RouteInput
    def __init__(self, input: _Optional[_Union[_route_input_pb2.RouteInput, _Mapping]] = ...) -> None: ...

class ExplainResponse(_message.Message):
    __slots__ = ("decision", "sentences", "contributions")
    DECISION_FIELD_NUMBER: _ClassVar[int]
    SENTENCES_FIELD_NUMBER: _ClassVar[int]
    CONTRIBUTIONS_FIELD_NUMBER: _ClassVar[int]
    decision: _decision_pb2.Decision
    sentences: _containers.RepeatedScalarFieldContainer[str]
    contributions: _containers.RepeatedCompositeFieldContainer[Contribution]
    def __init__(self, decision: _Optional[_Union[_decision_pb2.Decision, _Mapping]] = ..., sentences: _Optional[_Iterable[str]] = ..., contributions: _Optional[_Iterable[_Union[Contribution, _Mapping]]] = ...) -> None: ...

class Contribution(_message.Message):
    __slots__ = ("subject", "feature", "weight")
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    FEATURE_FIELD_NUMBER: _ClassVar[int]
    WEIGHT_FIELD_NUMBER: _ClassVar[int]
    subject: str
    feature: str
    weight: float
    def __init__(self, subject: _Optional[str] = ..., feature: _Optional[str] = ..., weight: _Optional[float] = ...) -> None: ...

class SimulatePolicyRequest(_message.Message):
    __slots__ = ("policy", "policy_document", "facts")
    POLICY_FIELD_NUMBER: _ClassVar[int]
    POLICY_DOCUMENT_FIELD_NUMBER: _ClassVar[int]
    FACTS_FIELD_NUMBER: _ClassVar[int]
    policy: _policy_pb2.Policy
    policy_document: str
    facts: _containers.RepeatedCompositeFieldContainer[_facts_pb2.Facts]
    def __init__(self, policy: _Optional[_Union[_policy_pb2.Policy, _Mapping]] = ..., policy_document: _Optional[str] = ..., facts: _Optional[_Iterable[_Union[_facts_pb2.Facts, _Mapping]]] = ...) -> None: ...

class SimulatePolicyResponse(_message.Message):
    __slots__ = ("issues", "decisions", "policy_revision")
    ISSUES_FIELD_NUMBER: _ClassVar[int]
    DECISIONS_FIELD_NUMBER: _ClassVar[int]
    POLICY_REVISION_FIELD_NUMBER: _ClassVar[int]
    issues: _containers.RepeatedCompositeFieldContainer[PolicyIssue]
    decisions: _containers.RepeatedCompositeFieldContainer[SimulatedDecision]
    policy_revision: str
    def __init__(self, issues: _Optional[_Iterable[_Union[PolicyIssue, _Mapping]]] = ..., decisions: _Optional[_Iterable[_Union[SimulatedDecision, _Mapping]]] = ..., policy_revision: _Optional[str] = ...) -> None: ...

class PolicyIssue(_message.Message):
    __slots__ = ("severity", "path", "line", "message")
    class Severity(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        SEVERITY_UNSPECIFIED: _ClassVar[PolicyIssue.Severity]
        SEVERITY_ERROR: _ClassVar[PolicyIssue.Severity]
        SEVERITY_WARNING: _ClassVar[PolicyIssue.Severity]
    SEVERITY_UNSPECIFIED: PolicyIssue.Severity
    SEVERITY_ERROR: PolicyIssue.Severity
    SEVERITY_WARNING: PolicyIssue.Severity
    SEVERITY_FIELD_NUMBER: _ClassVar[int]
    PATH_FIELD_NUMBER: _ClassVar[int]
    LINE_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    severity: PolicyIssue.Severity
    path: str
    line: int
    message: str
    def __init__(self, severity: _Optional[_Union[PolicyIssue.Severity, str]] = ..., path: _Optional[str] = ..., line: _Optional[int] = ..., message: _Optional[str] = ...) -> None: ...

class SimulatedDecision(_message.Message):
    __slots__ = ("current", "candidate", "changed")
    CURRENT_FIELD_NUMBER: _ClassVar[int]
    CANDIDATE_FIELD_NUMBER: _ClassVar[int]
    CHANGED_FIELD_NUMBER: _ClassVar[int]
    current: _decision_pb2.Decision
    candidate: _decision_pb2.Decision
    changed: bool
    def __init__(self, current: _Optional[_Union[_decision_pb2.Decision, _Mapping]] = ..., candidate: _Optional[_Union[_decision_pb2.Decision, _Mapping]] = ..., changed: _Optional[bool] = ...) -> None: ...

class ReportOutcomeRequest(_message.Message):
    __slots__ = ("decision_id", "reporter", "success", "score", "comment")
    DECISION_ID_FIELD_NUMBER: _ClassVar[int]
    REPORTER_FIELD_NUMBER: _ClassVar[int]
    SUCCESS_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    COMMENT_FIELD_NUMBER: _ClassVar[int]
    decision_id: str
    reporter: str
    success: bool
    score: float
    comment: str
    def __init__(self, decision_id: _Optional[str] = ..., reporter: _Optional[str] = ..., success: _Optional[bool] = ..., score: _Optional[float] = ..., comment: _Optional[str] = ...) -> None: ...

class ReportOutcomeResponse(_message.Message):
    __slots__ = ("outcome",)
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    outcome: _entry_pb2.Outcome
    def __init__(self, outcome: _Optional[_Union[_entry_pb2.Outcome, _Mapping]] = ...) -> None: ...

class ListTargetsRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListTargetsResponse(_message.Message):
    __slots__ = ("targets", "next_page_token")
    TARGETS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    targets: _containers.RepeatedCompositeFieldContainer[_target_pb2.TargetStatus]
    next_page_token: str
    def __init__(self, targets: _Optional[_Iterable[_Union[_target_pb2.TargetStatus, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...
