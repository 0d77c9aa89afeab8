import datetime

from google.protobuf import duration_pb2 as _duration_pb2
from pointsman.v1 import target_pb2 as _target_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class LogLevel(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    LOG_LEVEL_UNSPECIFIED: _ClassVar[LogLevel]
    LOG_LEVEL_NONE: _ClassVar[LogLevel]
    LOG_LEVEL_REDACTED: _ClassVar[LogLevel]
    LOG_LEVEL_FULL: _ClassVar[LogLevel]
LOG_LEVEL_UNSPECIFIED: LogLevel
LOG_LEVEL_NONE: LogLevel
LOG_LEVEL_REDACTED: LogLevel
LOG_LEVEL_FULL: LogLevel

class Policy(_message.Message):
    __slots__ = ("name", "description", "rules")
    NAME_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    RULES_FIELD_NUMBER: _ClassVar[int]
    name: str
    description: str
    rules: _containers.RepeatedCompositeFieldContainer[Rule]
    def __init__(self, name: _Optional[str] = ..., description: _Optional[str] = ..., rules: _Optional[_Iterable[_Union[Rule, _Mapping]]] = ...) -> None: ...

class Rule(_message.Message):
    __slots__ = ("id", "description", "when", "deny", "refuse", "require", "prefer", "only", "redact", "retrieve", "cache", "stakes", "attempts", "experiment", "shadow", "log", "explore", "strip_tools", "classify")
    ID_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    WHEN_FIELD_NUMBER: _ClassVar[int]
    DENY_FIELD_NUMBER: _ClassVar[int]
    REFUSE_FIELD_NUMBER: _ClassVar[int]
    REQUIRE_FIELD_NUMBER: _ClassVar[int]
    PREFER_FIELD_NUMBER: _ClassVar[int]
    ONLY_FIELD_NUMBER: _ClassVar[int]
    REDACT_FIELD_NUMBER: _ClassVar[int]
    RETRIEVE_FIELD_NUMBER: _ClassVar[int]
    CACHE_FIELD_NUMBER: _ClassVar[int]
    STAKES_FIELD_NUMBER: _ClassVar[int]
    ATTEMPTS_FIELD_NUMBER: _ClassVar[int]
    EXPERIMENT_FIELD_NUMBER: _ClassVar[int]
    SHADOW_FIELD_NUMBER: _ClassVar[int]
    LOG_FIELD_NUMBER: _ClassVar[int]
    EXPLORE_FIELD_NUMBER: _ClassVar[int]
    STRIP_TOOLS_FIELD_NUMBER: _ClassVar[int]
    CLASSIFY_FIELD_NUMBER: _ClassVar[int]
    id: str
    description: str
    when: str
    deny: Deny
    refuse: Refuse
    require: Require
    prefer: _containers.RepeatedCompositeFieldContainer[Prefer]
    only: Only
    redact: _containers.RepeatedCompositeFieldContainer[Redact]
    retrieve: Retrieve
    cache: Cache
    stakes: Stakes
    attempts: Attempts
    experiment: Experiment
    shadow: Shadow
    log: Log
    explore: Explore
    strip_tools: StripTools
    classify: Classify
    def __init__(self, id: _Optional[str] = ..., description: _Optional[str] = ..., when: _Optional[str] = ..., deny: _Optional[_Union[Deny, _Mapping]] = ..., refuse: _Optional[_Union[Refuse, _Mapping]] = ..., require: _Optional[_Union[Require, _Mapping]] = ..., prefer: _Optional[_Iterable[_Union[Prefer, _Mapping]]] = ..., only: _Optional[_Union[Only, _Mapping]] = ..., redact: _Optional[_Iterable[_Union[Redact, _Mapping]]] = ..., retrieve: _Optional[_Union[Retrieve, _Mapping]] = ..., cache: _Optional[_Union[Cache, _Mapping]] = ..., stakes: _Optional[_Union[Stakes, _Mapping]] = ..., attempts: _Optional[_Union[Attempts, _Mapping]] = ..., experiment: _Optional[_Union[Experiment, _Mapping]] = ..., shadow: _Optional[_Union[Shadow, _Mapping]] = ..., log: _Optional[_Union[Log, _Mapping]] = ..., explore: _Optional[_Union[Explore, _Mapping]] = ..., strip_tools: _Optional[_Union[StripTools, _Mapping]] = ..., classify: _Optional[_Union[Classify, _Mapping]] = ...) -> None: ...

class Deny(_message.Message):
    __slots__ = ("message",)
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    message: str
    def __init__(self, message: _Optional[str] = ...) -> None: ...

class Refuse(_message.Message):
    __slots__ = ("message",)
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    message: str
    def __init__(self, message: _Optional[str] = ...) -> None: ...

class Require(_message.Message):
    __slots__ = ("capabilities", "regions", "no_retention", "max_price", "min_success_probability", "max_cost_micros", "max_latency", "tags")
    CAPABILITIES_FIELD_NUMBER: _ClassVar[int]
    REGIONS_FIELD_NUMBER: _ClassVar[int]
    NO_RETENTION_FIELD_NUMBER: _ClassVar[int]
    MAX_PRICE_FIELD_NUMBER: _ClassVar[int]
    MIN_SUCCESS_PROBABILITY_FIELD_NUMBER: _ClassVar[int]
    MAX_COST_MICROS_FIELD_NUMBER: _ClassVar[int]
    MAX_LATENCY_FIELD_NUMBER: _ClassVar[int]
    TAGS_FIELD_NUMBER: _ClassVar[int]
    capabilities: _containers.RepeatedScalarFieldContainer[_target_pb2.Capability]
    regions: _containers.RepeatedScalarFieldContainer[str]
    no_retention: bool
    max_price: MaxPrice
    min_success_probability: float
    max_cost_micros: int
    max_latency: _duration_pb2.Duration
    tags: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, capabilities: _Optional[_Iterable[_Union[_target_pb2.Capability, str]]] = ..., regions: _Optional[_Iterable[str]] = ..., no_retention: _Optional[bool] = ..., max_price: _Optional[_Union[MaxPrice, _Mapping]] = ..., min_success_probability: _Optional[float] = ..., max_cost_micros: _Optional[int] = ..., max_latency: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., tags: _Optional[_Iterable[str]] = ...) -> None: ...

class MaxPrice(_message.Message):
    __slots__ = ("input", "output")
    INPUT_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_FIELD_NUMBER: _ClassVar[int]
    input: float
    output: float
    def __init__(self, input: _Optional[float] = ..., output: _Optional[float] = ...) -> None: ...

class Prefer(_message.Message):
    __slots__ = ("target", "tag", "weight")
    TARGET_FIELD_NUMBER: _ClassVar[int]
    TAG_FIELD_NUMBER: _ClassVar[int]
    WEIGHT_FIELD_NUMBER: _ClassVar[int]
    target: str
    tag: str
    weight: float
    def __init__(self, target: _Optional[str] = ..., tag: _Optional[str] = ..., weight: _Optional[float] = ...) -> None: ...

class Only(_message.Message):
    __slots__ = ("targets", "tags")
    TARGETS_FIELD_NUMBER: _ClassVar[int]
    TAGS_FIELD_NUMBER: _ClassVar[int]
    targets: _containers.RepeatedScalarFieldContainer[str]
    tags: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, targets: _Optional[_Iterable[str]] = ..., tags: _Optional[_Iterable[str]] = ...) -> None: ...

class Redact(_message.Message):
    __slots__ = ("kinds", "action", "critical")
    class Action(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        ACTION_UNSPECIFIED: _ClassVar[Redact.Action]
        ACTION_TOKENISE: _ClassVar[Redact.Action]
        ACTION_REDACT: _ClassVar[Redact.Action]
        ACTION_HASH: _ClassVar[Redact.Action]
        ACTION_BLOCK: _ClassVar[Redact.Action]
        ACTION_ALLOW: _ClassVar[Redact.Action]
    ACTION_UNSPECIFIED: Redact.Action
    ACTION_TOKENISE: Redact.Action
    ACTION_REDACT: Redact.Action
    ACTION_HASH: Redact.Action
    ACTION_BLOCK: Redact.Action
    ACTION_ALLOW: Redact.Action
    KINDS_FIELD_NUMBER: _ClassVar[int]
    ACTION_FIELD_NUMBER: _ClassVar[int]
    CRITICAL_FIELD_NUMBER: _ClassVar[int]
    kinds: _containers.RepeatedScalarFieldContainer[str]
    action: Redact.Action
    critical: bool
    def __init__(self, kinds: _Optional[_Iterable[str]] = ..., action: _Optional[_Union[Redact.Action, str]] = ..., critical: _Optional[bool] = ...) -> None: ...

class Retrieve(_message.Message):
    __slots__ = ("collection", "k")
    COLLECTION_FIELD_NUMBER: _ClassVar[int]
    K_FIELD_NUMBER: _ClassVar[int]
    collection: str
    k: int
    def __init__(self, collection: _Optional[str] = ..., k: _Optional[int] = ...) -> None: ...

class Cache(_message.Message):
    __slots__ = ("ttl", "max_bytes")
    TTL_FIELD_NUMBER: _ClassVar[int]
    MAX_BYTES_FIELD_NUMBER: _ClassVar[int]
    ttl: _duration_pb2.Duration
    max_bytes: int
    def __init__(self, ttl: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., max_bytes: _Optional[int] = ...) -> None: ...

class Stakes(_message.Message):
    __slots__ = ("success_value", "failure_cost", "latency_cost", "no_answer_value")
    SUCCESS_VALUE_FIELD_NUMBER: _ClassVar[int]
    FAILURE_COST_FIELD_NUMBER: _ClassVar[int]
    LATENCY_COST_FIELD_NUMBER: _ClassVar[int]
    NO_ANSWER_VALUE_FIELD_NUMBER: _ClassVar[int]
    success_value: float
    failure_cost: float
    latency_cost: float
    no_answer_value: float
    def __init__(self, success_value: _Optional[float] = ..., failure_cost: _Optional[float] = ..., latency_cost: _Optional[float] = ..., no_answer_value: _Optional[float] = ...) -> None: ...

class Attempts(_message.Message):
    __slots__ = ("max", "per_try_timeout", "total_timeout", "deadline_share", "hedge", "on_interrupt")
    class OnInterrupt(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        ON_INTERRUPT_UNSPECIFIED: _ClassVar[Attempts.OnInterrupt]
        ON_INTERRUPT_FAIL: _ClassVar[Attempts.OnInterrupt]
        ON_INTERRUPT_RESTART: _ClassVar[Attempts.OnInterrupt]
    ON_INTERRUPT_UNSPECIFIED: Attempts.OnInterrupt
    ON_INTERRUPT_FAIL: Attempts.OnInterrupt
    ON_INTERRUPT_RESTART: Attempts.OnInterrupt
    MAX_FIELD_NUMBER: _ClassVar[int]
    PER_TRY_TIMEOUT_FIELD_NUMBER: _ClassVar[int]
    TOTAL_TIMEOUT_FIELD_NUMBER: _ClassVar[int]
    DEADLINE_SHARE_FIELD_NUMBER: _ClassVar[int]
    HEDGE_FIELD_NUMBER: _ClassVar[int]
    ON_INTERRUPT_FIELD_NUMBER: _ClassVar[int]
    max: int
    per_try_timeout: _duration_pb2.Duration
    total_timeout: _duration_pb2.Duration
    deadline_share: float
    hedge: Hedge
    on_interrupt: Attempts.OnInterrupt
    def __init__(self, max: _Optional[int] = ..., per_try_timeout: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., total_timeout: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., deadline_share: _Optional[float] = ..., hedge: _Optional[_Union[Hedge, _Mapping]] = ..., on_interrupt: _Optional[_Union[Attempts.OnInterrupt, str]] = ...) -> None: ...

class Hedge(_message.Message):
    __slots__ = ("after", "max_share")
    AFTER_FIELD_NUMBER: _ClassVar[int]
    MAX_SHARE_FIELD_NUMBER: _ClassVar[int]
    after: _duration_pb2.Duration
    max_share: float
    def __init__(self, after: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., max_share: _Optional[float] = ...) -> None: ...

class Experiment(_message.Message):
    __slots__ = ("id", "arms", "key")
    ID_FIELD_NUMBER: _ClassVar[int]
    ARMS_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    id: str
    arms: _containers.RepeatedCompositeFieldContainer[ExperimentArm]
    key: str
    def __init__(self, id: _Optional[str] = ..., arms: _Optional[_Iterable[_Union[ExperimentArm, _Mapping]]] = ..., key: _Optional[str] = ...) -> None: ...

class ExperimentArm(_message.Message):
    __slots__ = ("name", "weight", "only")
    NAME_FIELD_NUMBER: _ClassVar[int]
    WEIGHT_FIELD_NUMBER: _ClassVar[int]
    ONLY_FIELD_NUMBER: _ClassVar[int]
    name: str
    weight: float
    only: Only
    def __init__(self, name: _Optional[str] = ..., weight: _Optional[float] = ..., only: _Optional[_Union[Only, _Mapping]] = ...) -> None: ...

class Shadow(_message.Message):
    __slots__ = ("target", "share", "max_dollars_per_day")
    TARGET_FIELD_NUMBER: _ClassVar[int]
    SHARE_FIELD_NUMBER: _ClassVar[int]
    MAX_DOLLARS_PER_DAY_FIELD_NUMBER: _ClassVar[int]
    target: str
    share: float
    max_dollars_per_day: float
    def __init__(self, target: _Optional[str] = ..., share: _Optional[float] = ..., max_dollars_per_day: _Optional[float] = ...) -> None: ...

class Log(_message.Message):
    __slots__ = ("level",)
    LEVEL_FIELD_NUMBER: _ClassVar[int]
    level: LogLevel
    def __init__(self, level: _Optional[_Union[LogLevel, str]] = ...) -> None: ...

class Explore(_message.Message):
    __slots__ = ("share", "max_extra_cost", "min_samples")
    SHARE_FIELD_NUMBER: _ClassVar[int]
    MAX_EXTRA_COST_FIELD_NUMBER: _ClassVar[int]
    MIN_SAMPLES_FIELD_NUMBER: _ClassVar[int]
    share: float
    max_extra_cost: float
    min_samples: int
    def __init__(self, share: _Optional[float] = ..., max_extra_cost: _Optional[float] = ..., min_samples: _Optional[int] = ...) -> None: ...

class StripTools(_message.Message):
    __slots__ = ("names",)
    NAMES_FIELD_NUMBER: _ClassVar[int]
    names: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, names: _Optional[_Iterable[str]] = ...) -> None: ...

class Classify(_message.Message):
    __slots__ = ("target", "below_confidence", "timeout")
    TARGET_FIELD_NUMBER: _ClassVar[int]
    BELOW_CONFIDENCE_FIELD_NUMBER: _ClassVar[int]
    TIMEOUT_FIELD_NUMBER: _ClassVar[int]
    target: str
    below_confidence: float
    timeout: _duration_pb2.Duration
    def __init__(self, target: _Optional[str] = ..., below_confidence: _Optional[float] = ..., timeout: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...
