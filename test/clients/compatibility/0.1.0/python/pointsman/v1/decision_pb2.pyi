import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from pointsman.v1 import facts_pb2 as _facts_pb2
from pointsman.v1 import policy_pb2 as _policy_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Verdict(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    VERDICT_UNSPECIFIED: _ClassVar[Verdict]
    VERDICT_ROUTE: _ClassVar[Verdict]
    VERDICT_REFUSE: _ClassVar[Verdict]
    VERDICT_DENY: _ClassVar[Verdict]
    VERDICT_NO_TARGET: _ClassVar[Verdict]

class ExclusionReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    EXCLUSION_REASON_UNSPECIFIED: _ClassVar[ExclusionReason]
    EXCLUSION_REASON_CAPABILITY: _ClassVar[ExclusionReason]
    EXCLUSION_REASON_REGION: _ClassVar[ExclusionReason]
    EXCLUSION_REASON_RETENTION: _ClassVar[ExclusionReason]
    EXCLUSION_REASON_PRICE: _ClassVar[ExclusionReason]
    EXCLUSION_REASON_CONTEXT_WINDOW: _ClassVar[ExclusionReason]
    EXCLUSION_REASON_NOT_ALLOWED: _ClassVar[ExclusionReason]
    EXCLUSION_REASON_BREAKER_OPEN: _ClassVar[ExclusionReason]
    EXCLUSION_REASON_QUALITY_FLOOR: _ClassVar[ExclusionReason]
    EXCLUSION_REASON_COST_CEILING: _ClassVar[ExclusionReason]
    EXCLUSION_REASON_LATENCY: _ClassVar[ExclusionReason]
    EXCLUSION_REASON_VALUE: _ClassVar[ExclusionReason]
    EXCLUSION_REASON_BUDGET: _ClassVar[ExclusionReason]
    EXCLUSION_REASON_TAG: _ClassVar[ExclusionReason]
VERDICT_UNSPECIFIED: Verdict
VERDICT_ROUTE: Verdict
VERDICT_REFUSE: Verdict
VERDICT_DENY: Verdict
VERDICT_NO_TARGET: Verdict
EXCLUSION_REASON_UNSPECIFIED: ExclusionReason
EXCLUSION_REASON_CAPABILITY: ExclusionReason
EXCLUSION_REASON_REGION: ExclusionReason
EXCLUSION_REASON_RETENTION: ExclusionReason
EXCLUSION_REASON_PRICE: ExclusionReason
EXCLUSION_REASON_CONTEXT_WINDOW: ExclusionReason
EXCLUSION_REASON_NOT_ALLOWED: ExclusionReason
EXCLUSION_REASON_BREAKER_OPEN: ExclusionReason
EXCLUSION_REASON_QUALITY_FLOOR: ExclusionReason
EXCLUSION_REASON_COST_CEILING: ExclusionReason
EXCLUSION_REASON_LATENCY: ExclusionReason
EXCLUSION_REASON_VALUE: ExclusionReason
EXCLUSION_REASON_BUDGET: ExclusionReason
EXCLUSION_REASON_TAG: ExclusionReason

class Decision(_message.Message):
    __slots__ = ("id", "create_time", "request_id", "verdict", "facts", "policy_revision", "config_revision", "scorecard_revision", "matches", "candidates", "exclusions", "plan", "rule_id", "message")
    ID_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    VERDICT_FIELD_NUMBER: _ClassVar[int]
    FACTS_FIELD_NUMBER: _ClassVar[int]
    POLICY_REVISION_FIELD_NUMBER: _ClassVar[int]
    CONFIG_REVISION_FIELD_NUMBER: _ClassVar[int]
    SCORECARD_REVISION_FIELD_NUMBER: _ClassVar[int]
    MATCHES_FIELD_NUMBER: _ClassVar[int]
    CANDIDATES_FIELD_NUMBER: _ClassVar[int]
    EXCLUSIONS_FIELD_NUMBER: _ClassVar[int]
    PLAN_FIELD_NUMBER: _ClassVar[int]
    RULE_ID_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    id: str
    create_time: _timestamp_pb2.Timestamp
    request_id: str
    verdict: Verdict
    facts: _facts_pb2.Facts
    policy_revision: str
    config_revision: str
    scorecard_revision: str
    matches: _containers.RepeatedCompositeFieldContainer[RuleMatch]
    candidates: _containers.RepeatedCompositeFieldContainer[Candidate]
    exclusions: _containers.RepeatedCompositeFieldContainer[Exclusion]
    plan: Plan
    rule_id: str
    message: str
    def __init__(self, id: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., request_id: _Optional[str] = ..., verdict: _Optional[_Union[Verdict, str]] = ..., facts: _Optional[_Union[_facts_pb2.Facts, _Mapping]] = ..., policy_revision: _Optional[str] = ..., config_revision: _Optional[str] = ..., scorecard_revision: _Optional[str] = ..., matches: _Optional[_Iterable[_Union[RuleMatch, _Mapping]]] = ..., candidates: _Optional[_Iterable[_Union[Candidate, _Mapping]]] = ..., exclusions: _Optional[_Iterable[_Union[Exclusion, _Mapping]]] = ..., plan: _Optional[_Union[Plan, _Mapping]] = ..., rule_id: _Optional[str] = ..., message: _Optional[str] = ...) -> None: ...

class RuleMatch(_message.Message):
    __slots__ = ("rule_id", "effects")
    RULE_ID_FIELD_NUMBER: _ClassVar[int]
    EFFECTS_FIELD_NUMBER: _ClassVar[int]
    rule_id: str
    effects: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, rule_id: _Optional[str] = ..., effects: _Optional[_Iterable[str]] = ...) -> None: ...

class Candidate(_message.Message):
    __slots__ = ("target_id", "value", "success_probability", "effective_sample_count", "success_term", "failure_term", "cost_term", "latency_term", "preference_term", "expected_latency_seconds", "input_tokens", "cached_input_tokens", "output_tokens", "switch_cost", "explored")
    TARGET_ID_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    SUCCESS_PROBABILITY_FIELD_NUMBER: _ClassVar[int]
    EFFECTIVE_SAMPLE_COUNT_FIELD_NUMBER: _ClassVar[int]
    SUCCESS_TERM_FIELD_NUMBER: _ClassVar[int]
    FAILURE_TERM_FIELD_NUMBER: _ClassVar[int]
    COST_TERM_FIELD_NUMBER: _ClassVar[int]
    LATENCY_TERM_FIELD_NUMBER: _ClassVar[int]
    PREFERENCE_TERM_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_LATENCY_SECONDS_FIELD_NUMBER: _ClassVar[int]
    INPUT_TOKENS_FIELD_NUMBER: _ClassVar[int]
    CACHED_INPUT_TOKENS_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_TOKENS_FIELD_NUMBER: _ClassVar[int]
    SWITCH_COST_FIELD_NUMBER: _ClassVar[int]
    EXPLORED_FIELD_NUMBER: _ClassVar[int]
    target_id: str
    value: float
    success_probability: float
    effective_sample_count: float
    success_term: float
    failure_term: float
    cost_term: float
    latency_term: float
    preference_term: float
    expected_latency_seconds: float
    input_tokens: int
    cached_input_tokens: int
    output_tokens: int
    switch_cost: float
    explored: bool
    def __init__(self, target_id: _Optional[str] = ..., value: _Optional[float] = ..., success_probability: _Optional[float] = ..., effective_sample_count: _Optional[float] = ..., success_term: _Optional[float] = ..., failure_term: _Optional[float] = ..., cost_term: _Optional[float] = ..., latency_term: _Optional[float] = ..., preference_term: _Optional[float] = ..., expected_latency_seconds: _Optional[float] = ..., input_tokens: _Optional[int] = ..., cached_input_tokens: _Optional[int] = ..., output_tokens: _Optional[int] = ..., switch_cost: _Optional[float] = ..., explored: _Optional[bool] = ...) -> None: ...

class Exclusion(_message.Message):
    __slots__ = ("target_id", "reason", "rule_id", "message")
    TARGET_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    RULE_ID_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    target_id: str
    reason: ExclusionReason
    rule_id: str
    message: str
    def __init__(self, target_id: _Optional[str] = ..., reason: _Optional[_Union[ExclusionReason, str]] = ..., rule_id: _Optional[str] = ..., message: _Optional[str] = ...) -> None: ...

class Plan(_message.Message):
    __slots__ = ("stakes", "attempts", "redact", "retrieve", "cache", "log", "experiment", "shadow", "strip_tools", "explore", "classify")
    STAKES_FIELD_NUMBER: _ClassVar[int]
    ATTEMPTS_FIELD_NUMBER: _ClassVar[int]
    REDACT_FIELD_NUMBER: _ClassVar[int]
    RETRIEVE_FIELD_NUMBER: _ClassVar[int]
    CACHE_FIELD_NUMBER: _ClassVar[int]
    LOG_FIELD_NUMBER: _ClassVar[int]
    EXPERIMENT_FIELD_NUMBER: _ClassVar[int]
    SHADOW_FIELD_NUMBER: _ClassVar[int]
    STRIP_TOOLS_FIELD_NUMBER: _ClassVar[int]
    EXPLORE_FIELD_NUMBER: _ClassVar[int]
    CLASSIFY_FIELD_NUMBER: _ClassVar[int]
    stakes: _policy_pb2.Stakes
    attempts: _policy_pb2.Attempts
    redact: _containers.RepeatedCompositeFieldContainer[_policy_pb2.Redact]
    retrieve: _policy_pb2.Retrieve
    cache: _policy_pb2.Cache
    log: _policy_pb2.Log
    experiment: ExperimentAssignment
    shadow: _policy_pb2.Shadow
    strip_tools: _policy_pb2.StripTools
    explore: _policy_pb2.Explore
    classify: _policy_pb2.Classify
    def __init__(self, stakes: _Optional[_Union[_policy_pb2.Stakes, _Mapping]] = ..., attempts: _Optional[_Union[_policy_pb2.Attempts, _Mapping]] = ..., redact: _Optional[_Iterable[_Union[_policy_pb2.Redact, _Mapping]]] = ..., retrieve: _Optional[_Union[_policy_pb2.Retrieve, _Mapping]] = ..., cache: _Optional[_Union[_policy_pb2.Cache, _Mapping]] = ..., log: _Optional[_Union[_policy_pb2.Log, _Mapping]] = ..., experiment: _Optional[_Union[ExperimentAssignment, _Mapping]] = ..., shadow: _Optional[_Union[_policy_pb2.Shadow, _Mapping]] = ..., strip_tools: _Optional[_Union[_policy_pb2.StripTools, _Mapping]] = ..., explore: _Optional[_Union[_policy_pb2.Explore, _Mapping]] = ..., classify: _Optional[_Union[_policy_pb2.Classify, _Mapping]] = ...) -> None: ...

class ExperimentAssignment(_message.Message):
    __slots__ = ("experiment_id", "arm", "rule_id")
    EXPERIMENT_ID_FIELD_NUMBER: _ClassVar[int]
    ARM_FIELD_NUMBER: _ClassVar[int]
    RULE_ID_FIELD_NUMBER: _ClassVar[int]
    experiment_id: str
    arm: str
    rule_id: str
    def __init__(self, experiment_id: _Optional[str] = ..., arm: _Optional[str] = ..., rule_id: _Optional[str] = ...) -> None: ...
