import datetime

from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from pointsman.v1 import completion_pb2 as _completion_pb2
from pointsman.v1 import entry_pb2 as _entry_pb2
from pointsman.v1 import policy_pb2 as _policy_pb2
from pointsman.v1 import record_pb2 as _record_pb2
from pointsman.v1 import route_service_pb2 as _route_service_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class SummaryDimension(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SUMMARY_DIMENSION_UNSPECIFIED: _ClassVar[SummaryDimension]
    SUMMARY_DIMENSION_TASK: _ClassVar[SummaryDimension]
    SUMMARY_DIMENSION_TARGET: _ClassVar[SummaryDimension]
    SUMMARY_DIMENSION_TENANT: _ClassVar[SummaryDimension]
    SUMMARY_DIMENSION_APP: _ClassVar[SummaryDimension]
    SUMMARY_DIMENSION_POLICY_REVISION: _ClassVar[SummaryDimension]
    SUMMARY_DIMENSION_DAY: _ClassVar[SummaryDimension]
    SUMMARY_DIMENSION_EXPERIMENT_ARM: _ClassVar[SummaryDimension]
SUMMARY_DIMENSION_UNSPECIFIED: SummaryDimension
SUMMARY_DIMENSION_TASK: SummaryDimension
SUMMARY_DIMENSION_TARGET: SummaryDimension
SUMMARY_DIMENSION_TENANT: SummaryDimension
SUMMARY_DIMENSION_APP: SummaryDimension
SUMMARY_DIMENSION_POLICY_REVISION: SummaryDimension
SUMMARY_DIMENSION_DAY: SummaryDimension
SUMMARY_DIMENSION_EXPERIMENT_ARM: SummaryDimension

class GetRecordRequest(_message.Message):
    __slots__ = ("decision_id",)
    DECISION_ID_FIELD_NUMBER: _ClassVar[int]
    decision_id: str
    def __init__(self, decision_id: _Optional[str] = ...) -> None: ...

class GetRecordResponse(_message.Message):
    __slots__ = ("record",)
    RECORD_FIELD_NUMBER: _ClassVar[int]
    record: _record_pb2.Record
    def __init__(self, record: _Optional[_Union[_record_pb2.Record, _Mapping]] = ...) -> None: ...

class ListRecordsRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "filter")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    FILTER_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    filter: _record_pb2.RecordFilter
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., filter: _Optional[_Union[_record_pb2.RecordFilter, _Mapping]] = ...) -> None: ...

class ListRecordsResponse(_message.Message):
    __slots__ = ("records", "next_page_token")
    RECORDS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    records: _containers.RepeatedCompositeFieldContainer[_record_pb2.Record]
    next_page_token: str
    def __init__(self, records: _Optional[_Iterable[_Union[_record_pb2.Record, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class SummarizeRecordsRequest(_message.Message):
    __slots__ = ("filter", "group_by")
    FILTER_FIELD_NUMBER: _ClassVar[int]
    GROUP_BY_FIELD_NUMBER: _ClassVar[int]
    filter: _record_pb2.RecordFilter
    group_by: _containers.RepeatedScalarFieldContainer[SummaryDimension]
    def __init__(self, filter: _Optional[_Union[_record_pb2.RecordFilter, _Mapping]] = ..., group_by: _Optional[_Iterable[_Union[SummaryDimension, str]]] = ...) -> None: ...

class SummarizeRecordsResponse(_message.Message):
    __slots__ = ("groups", "truncated")
    GROUPS_FIELD_NUMBER: _ClassVar[int]
    TRUNCATED_FIELD_NUMBER: _ClassVar[int]
    groups: _containers.RepeatedCompositeFieldContainer[RecordSummary]
    truncated: bool
    def __init__(self, groups: _Optional[_Iterable[_Union[RecordSummary, _Mapping]]] = ..., truncated: _Optional[bool] = ...) -> None: ...

class RecordSummary(_message.Message):
    __slots__ = ("group", "record_count", "outcome_count", "success_count", "success_rate", "cost_micros", "cost_micros_per_success", "latency_p50", "latency_p95", "latency_p99", "states", "failures", "input_tokens", "output_tokens", "success_rate_lower", "success_rate_upper", "cache_hit_count", "cache_saved_micros")
    class FailuresEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: int
        def __init__(self, key: _Optional[str] = ..., value: _Optional[int] = ...) -> None: ...
    GROUP_FIELD_NUMBER: _ClassVar[int]
    RECORD_COUNT_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_COUNT_FIELD_NUMBER: _ClassVar[int]
    SUCCESS_COUNT_FIELD_NUMBER: _ClassVar[int]
    SUCCESS_RATE_FIELD_NUMBER: _ClassVar[int]
    COST_MICROS_FIELD_NUMBER: _ClassVar[int]
    COST_MICROS_PER_SUCCESS_FIELD_NUMBER: _ClassVar[int]
    LATENCY_P50_FIELD_NUMBER: _ClassVar[int]
    LATENCY_P95_FIELD_NUMBER: _ClassVar[int]
    LATENCY_P99_FIELD_NUMBER: _ClassVar[int]
    STATES_FIELD_NUMBER: _ClassVar[int]
    FAILURES_FIELD_NUMBER: _ClassVar[int]
    INPUT_TOKENS_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_TOKENS_FIELD_NUMBER: _ClassVar[int]
    SUCCESS_RATE_LOWER_FIELD_NUMBER: _ClassVar[int]
    SUCCESS_RATE_UPPER_FIELD_NUMBER: _ClassVar[int]
    CACHE_HIT_COUNT_FIELD_NUMBER: _ClassVar[int]
    CACHE_SAVED_MICROS_FIELD_NUMBER: _ClassVar[int]
    group: _containers.RepeatedScalarFieldContainer[str]
    record_count: int
    outcome_count: int
    success_count: int
    success_rate: float
    cost_micros: int
    cost_micros_per_success: float
    latency_p50: _duration_pb2.Duration
    latency_p95: _duration_pb2.Duration
    latency_p99: _duration_pb2.Duration
    states: _containers.RepeatedCompositeFieldContainer[StateCount]
    failures: _containers.ScalarMap[str, int]
    input_tokens: int
    output_tokens: int
    success_rate_lower: float
    success_rate_upper: float
    cache_hit_count: int
    cache_saved_micros: int
    def __init__(self, group: _Optional[_Iterable[str]] = ..., record_count: _Optional[int] = ..., outcome_count: _Optional[int] = ..., success_count: _Optional[int] = ..., success_rate: _Optional[float] = ..., cost_micros: _Optional[int] = ..., cost_micros_per_success: _Optional[float] = ..., latency_p50: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., latency_p95: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., latency_p99: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., states: _Optional[_Iterable[_Union[StateCount, _Mapping]]] = ..., failures: _Optional[_Mapping[str, int]] = ..., input_tokens: _Optional[int] = ..., output_tokens: _Optional[int] = ..., success_rate_lower: _Optional[float] = ..., success_rate_upper: _Optional[float] = ..., cache_hit_count: _Optional[int] = ..., cache_saved_micros: _Optional[int] = ...) -> None: ...

class StateCount(_message.Message):
    __slots__ = ("state", "count")
    STATE_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    state: _completion_pb2.CompletionState
    count: int
    def __init__(self, state: _Optional[_Union[_completion_pb2.CompletionState, str]] = ..., count: _Optional[int] = ...) -> None: ...

class WatchEntriesRequest(_message.Message):
    __slots__ = ("cursor", "start_time", "filter")
    CURSOR_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    FILTER_FIELD_NUMBER: _ClassVar[int]
    cursor: str
    start_time: _timestamp_pb2.Timestamp
    filter: _record_pb2.RecordFilter
    def __init__(self, cursor: _Optional[str] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., filter: _Optional[_Union[_record_pb2.RecordFilter, _Mapping]] = ...) -> None: ...

class WatchEntriesResponse(_message.Message):
    __slots__ = ("cursor", "entry", "checkpoint")
    class Checkpoint(_message.Message):
        __slots__ = ("time",)
        TIME_FIELD_NUMBER: _ClassVar[int]
        time: _timestamp_pb2.Timestamp
        def __init__(self, time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
    CURSOR_FIELD_NUMBER: _ClassVar[int]
    ENTRY_FIELD_NUMBER: _ClassVar[int]
    CHECKPOINT_FIELD_NUMBER: _ClassVar[int]
    cursor: str
    entry: _entry_pb2.Entry
    checkpoint: WatchEntriesResponse.Checkpoint
    def __init__(self, cursor: _Optional[str] = ..., entry: _Optional[_Union[_entry_pb2.Entry, _Mapping]] = ..., checkpoint: _Optional[_Union[WatchEntriesResponse.Checkpoint, _Mapping]] = ...) -> None: ...

class ReplayRecordsRequest(_message.Message):
    __slots__ = ("filter", "policy", "policy_document", "limit")
    FILTER_FIELD_NUMBER: _ClassVar[int]
    POLICY_FIELD_NUMBER: _ClassVar[int]
    POLICY_DOCUMENT_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    filter: _record_pb2.RecordFilter
    policy: _policy_pb2.Policy
    policy_document: str
    limit: int
    def __init__(self, filter: _Optional[_Union[_record_pb2.RecordFilter, _Mapping]] = ..., policy: _Optional[_Union[_policy_pb2.Policy, _Mapping]] = ..., policy_document: _Optional[str] = ..., limit: _Optional[int] = ...) -> None: ...

class ReplayRecordsResponse(_message.Message):
    __slots__ = ("difference", "progress", "summary")
    class Difference(_message.Message):
        __slots__ = ("decision_id", "was_target_id", "would_target_id", "was_cost", "would_cost", "was_success_probability", "would_success_probability", "message")
        DECISION_ID_FIELD_NUMBER: _ClassVar[int]
        WAS_TARGET_ID_FIELD_NUMBER: _ClassVar[int]
        WOULD_TARGET_ID_FIELD_NUMBER: _ClassVar[int]
        WAS_COST_FIELD_NUMBER: _ClassVar[int]
        WOULD_COST_FIELD_NUMBER: _ClassVar[int]
        WAS_SUCCESS_PROBABILITY_FIELD_NUMBER: _ClassVar[int]
        WOULD_SUCCESS_PROBABILITY_FIELD_NUMBER: _ClassVar[int]
        MESSAGE_FIELD_NUMBER: _ClassVar[int]
        decision_id: str
        was_target_id: str
        would_target_id: str
        was_cost: float
        would_cost: float
        was_success_probability: float
        would_success_probability: float
        message: str
        def __init__(self, decision_id: _Optional[str] = ..., was_target_id: _Optional[str] = ..., would_target_id: _Optional[str] = ..., was_cost: _Optional[float] = ..., would_cost: _Optional[float] = ..., was_success_probability: _Optional[float] = ..., would_success_probability: _Optional[float] = ..., message: _Optional[str] = ...) -> None: ...
    class Progress(_message.Message):
        __slots__ = ("done_count", "total_count")
        DONE_COUNT_FIELD_NUMBER: _ClassVar[int]
        TOTAL_COUNT_FIELD_NUMBER: _ClassVar[int]
        done_count: int
        total_count: int
        def __init__(self, done_count: _Optional[int] = ..., total_count: _Optional[int] = ...) -> None: ...
    class Summary(_message.Message):
        __slots__ = ("record_count", "same_count", "skipped_count", "was_cost", "would_cost", "was_success_probability", "would_success_probability", "issues")
        RECORD_COUNT_FIELD_NUMBER: _ClassVar[int]
        SAME_COUNT_FIELD_NUMBER: _ClassVar[int]
        SKIPPED_COUNT_FIELD_NUMBER: _ClassVar[int]
        WAS_COST_FIELD_NUMBER: _ClassVar[int]
        WOULD_COST_FIELD_NUMBER: _ClassVar[int]
        WAS_SUCCESS_PROBABILITY_FIELD_NUMBER: _ClassVar[int]
        WOULD_SUCCESS_PROBABILITY_FIELD_NUMBER: _ClassVar[int]
        ISSUES_FIELD_NUMBER: _ClassVar[int]
        record_count: int
        same_count: int
        skipped_count: int
        was_cost: float
        would_cost: float
        was_success_probability: float
        would_success_probability: float
        issues: _containers.RepeatedCompositeFieldContainer[_route_service_pb2.PolicyIssue]
        def __init__(self, record_count: _Optional[int] = ..., same_count: _Optional[int] = ..., skipped_count: _Optional[int] = ..., was_cost: _Optional[float] = ..., would_cost: _Optional[float] = ..., was_success_probability: _Optional[float] = ..., would_success_probability: _Optional[float] = ..., issues: _Optional[_Iterable[_Union[_route_service_pb2.PolicyIssue, _Mapping]]] = ...) -> None: ...
    DIFFERENCE_FIELD_NUMBER: _ClassVar[int]
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    SUMMARY_FIELD_NUMBER: _ClassVar[int]
    difference: ReplayRecordsResponse.Difference
    progress: ReplayRecordsResponse.Progress
    summary: ReplayRecordsResponse.Summary
    def __init__(self, difference: _Optional[_Union[ReplayRecordsResponse.Difference, _Mapping]] = ..., progress: _Optional[_Union[ReplayRecordsResponse.Progress, _Mapping]] = ..., summary: _Optional[_Union[ReplayRecordsResponse.Summary, _Mapping]] = ...) -> None: ...

class VerifyLedgerRequest(_message.Message):
    __slots__ = ("writer_ids",)
    WRITER_IDS_FIELD_NUMBER: _ClassVar[int]
    writer_ids: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, writer_ids: _Optional[_Iterable[str]] = ...) -> None: ...

class VerifyLedgerResponse(_message.Message):
    __slots__ = ("progress", "summary")
    class Progress(_message.Message):
        __slots__ = ("done_count", "total_count")
        DONE_COUNT_FIELD_NUMBER: _ClassVar[int]
        TOTAL_COUNT_FIELD_NUMBER: _ClassVar[int]
        done_count: int
        total_count: int
        def __init__(self, done_count: _Optional[int] = ..., total_count: _Optional[int] = ...) -> None: ...
    class Break(_message.Message):
        __slots__ = ("writer_id", "sequence", "message")
        WRITER_ID_FIELD_NUMBER: _ClassVar[int]
        SEQUENCE_FIELD_NUMBER: _ClassVar[int]
        MESSAGE_FIELD_NUMBER: _ClassVar[int]
        writer_id: str
        sequence: int
        message: str
        def __init__(self, writer_id: _Optional[str] = ..., sequence: _Optional[int] = ..., message: _Optional[str] = ...) -> None: ...
    class Summary(_message.Message):
        __slots__ = ("entry_count", "writer_count", "broken_count", "signature_count", "heads")
        ENTRY_COUNT_FIELD_NUMBER: _ClassVar[int]
        WRITER_COUNT_FIELD_NUMBER: _ClassVar[int]
        BROKEN_COUNT_FIELD_NUMBER: _ClassVar[int]
        SIGNATURE_COUNT_FIELD_NUMBER: _ClassVar[int]
        HEADS_FIELD_NUMBER: _ClassVar[int]
        entry_count: int
        writer_count: int
        broken_count: int
        signature_count: int
        heads: _containers.RepeatedCompositeFieldContainer[_record_pb2.EntryReference]
        def __init__(self, entry_count: _Optional[int] = ..., writer_count: _Optional[int] = ..., broken_count: _Optional[int] = ..., signature_count: _Optional[int] = ..., heads: _Optional[_Iterable[_Union[_record_pb2.EntryReference, _Mapping]]] = ...) -> None: ...
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    BREAK_FIELD_NUMBER: _ClassVar[int]
    SUMMARY_FIELD_NUMBER: _ClassVar[int]
    progress: VerifyLedgerResponse.Progress
    summary: VerifyLedgerResponse.Summary
    def __init__(self, progress: _Optional[_Union[VerifyLedgerResponse.Progress, _Mapping]] = ..., summary: _Optional[_Union[VerifyLedgerResponse.Summary, _Mapping]] = ..., **kwargs) -> None: ...
