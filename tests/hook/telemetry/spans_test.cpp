#include "hosts/hook/telemetry/spans.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "hosts/hook/telemetry/otlp.h"

namespace yoke {
namespace {

constexpr const char* kParent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

Event event_of(EventKind kind, Micros at, std::string call, Json fields) {
  Event event;
  event.kind = kind;
  event.run_id = "01HZZZZZZZZZZZZZZZZZZZZZZZ";
  event.call_id = std::move(call);
  event.at = at;
  event.fields = std::move(fields);
  return event;
}

std::vector<Event> journal() {
  Json reply{
      {"target", "claude/claude-opus-5"},
      {"model", "claude-opus-5-20260101"},
      {"finish", "tool_calls"},
      {"usage", {{"input", 100}, {"output", 7}, {"cached", 60}, {"cache_write", 10}}},
      {"cost", 2'000'000},
      {"first_us", 250'000},
      {"message", {{"role", "assistant"}, {"parts", {{{"type", "text"}, {"text", "private"}}}}}}};
  return {event_of(EventKind::run_started, 1'000, "",
                   {{"agent", "analyst"},
                    {"task", "private"},
                    {"tenant", "acme"},
                    {"session", "s1"},
                    {"note", {{"traceparent", kParent}}}}),
          event_of(EventKind::model_called, 2'000, "1", {{"target", "default"}}),
          event_of(EventKind::model_replied, 3'000, "1", reply),
          event_of(EventKind::tool_called, 4'000, "2",
                   {{"tool", "csv.stats"}, {"args", {{"file", "private"}}}}),
          event_of(EventKind::question_asked, 4'500, "2",
                   {{"question", "q1"}, {"purpose", "approval"}, {"title", "private"}}),
          event_of(EventKind::tool_returned, 5'000, "2",
                   {{"outcome", "denied"}, {"message", "private"}}),
          event_of(EventKind::model_called, 6'000, "3", {{"target", "default"}}),
          event_of(
              EventKind::model_failed, 7'000, "3",
              {{"class", "quota"}, {"message", "private"}, {"usage", Json::object()}, {"cost", 0}}),
          event_of(EventKind::run_failed, 8'000, "", {{"message", "private"}})};
}

SpanOptions options(bool content = false) {
  SpanOptions options;
  options.content = content;
  options.provider = [](const std::string&) { return std::string("anthropic"); };
  return options;
}

Json attribute(const Span& span, const std::string& name) {
  const auto found = std::find_if(span.attributes.begin(), span.attributes.end(),
                                  [&](const auto& one) { return one.first == name; });
  return found == span.attributes.end() ? Json(nullptr) : found->second;
}

TEST_CASE("a run is a span of its agent, with its calls of models and tools below it") {
  const std::vector<Span> spans = spans_of(journal(), options());
  REQUIRE(spans.size() == 4);
  CHECK(spans[0].name == "invoke_agent analyst");
  CHECK(spans[0].kind == Span::Kind::internal);
  CHECK(spans[0].begun == 1'000);
  CHECK(spans[0].ended == 8'000);
  CHECK(spans[0].status == Span::Status::error);
  CHECK(attribute(spans[0], "gen_ai.operation.name") == "invoke_agent");
  CHECK(attribute(spans[0], "gen_ai.agent.name") == "analyst");
  CHECK(attribute(spans[0], "gen_ai.conversation.id") == "s1");
  CHECK(attribute(spans[0], "gen_ai.usage.input_tokens") == 100);
  CHECK(spans[1].name == "chat default");
  CHECK(spans[1].kind == Span::Kind::client);
  CHECK(spans[1].begun == 2'000);
  CHECK(spans[1].ended == 3'000);
  CHECK(attribute(spans[1], "gen_ai.provider.name") == "anthropic");
  CHECK(attribute(spans[1], "gen_ai.response.model") == "claude-opus-5-20260101");
  CHECK(attribute(spans[1], "gen_ai.response.finish_reasons") == Json{"tool_calls"});
  CHECK(attribute(spans[1], "gen_ai.usage.input_tokens") == 100);
  CHECK(attribute(spans[1], "gen_ai.usage.cache_read.input_tokens") == 60);
  CHECK(attribute(spans[1], "gen_ai.usage.cache_creation.input_tokens") == 10);
  CHECK(attribute(spans[1], "gen_ai.response.time_to_first_chunk") == 0.25);
  CHECK(spans[2].name == "execute_tool csv.stats");
  CHECK(attribute(spans[2], "gen_ai.tool.name") == "csv.stats");
  CHECK(attribute(spans[2], "gen_ai.tool.call.id") == "2");
  CHECK(attribute(spans[2], "error.type") == "denied");
  CHECK(attribute(spans[3], "error.type") == "quota");
  for (std::size_t i = 1; i < spans.size(); ++i) CHECK(spans[i].parent_id == spans[0].span_id);
}

TEST_CASE("questions are events of the run's span") {
  const std::vector<Span> spans = spans_of(journal(), options());
  REQUIRE(spans[0].events.size() == 1);
  CHECK(spans[0].events[0].name == "yoke.question.asked");
  CHECK(spans[0].events[0].at == 4'500);
}

TEST_CASE("nothing that was said is in a trace unless content is asked for") {
  CHECK(otlp_text(spans_of(journal(), options()), {}).find("private") == std::string::npos);
  const std::vector<Span> spans = spans_of(journal(), options(true));
  CHECK(attribute(spans[0], "gen_ai.input.messages") ==
        R"([{"parts":[{"content":"private","type":"text"}],"role":"user"}])");
  CHECK(attribute(spans[1], "gen_ai.output.messages").get<std::string>().find("private") !=
        std::string::npos);
  CHECK(attribute(spans[2], "gen_ai.tool.call.arguments") == R"({"file":"private"})");
}

TEST_CASE("the newer names are used where they are opted for") {
  SpanOptions newest = options();
  newest.newest_names = true;
  const std::vector<Span> spans = spans_of(journal(), newest);
  CHECK(attribute(spans[1], "gen_ai.usage.cache_write.input_tokens") == 10);
  CHECK(attribute(spans[1], "gen_ai.usage.cache_creation.input_tokens").is_null());
}

TEST_CASE("a replayed journal gives the same ids, another run gives others") {
  const std::vector<Span> once = spans_of(journal(), options());
  const std::vector<Span> again = spans_of(journal(), options());
  std::vector<Event> other = journal();
  for (Event& event : other) event.run_id = "01HYYYYYYYYYYYYYYYYYYYYYYY";
  const std::vector<Span> others = spans_of(other, options());
  for (std::size_t i = 0; i < once.size(); ++i) {
    CHECK(once[i].span_id == again[i].span_id);
    CHECK(once[i].span_id != others[i].span_id);
    for (std::size_t j = 0; j < i; ++j) CHECK(once[i].span_id != once[j].span_id);
  }
}

TEST_CASE("the trace that a request came with is gone on with") {
  const std::vector<Span> spans = spans_of(journal(), options());
  CHECK(spans[0].trace_id == "0af7651916cd43dd8448eb211c80319c");
  CHECK(spans[0].parent_id == "b7ad6b7169203331");
  std::vector<Event> alone = journal();
  alone[0].fields.erase("note");
  const std::vector<Span> own = spans_of(alone, options());
  CHECK(own[0].parent_id.empty());
  CHECK(own[0].trace_id.size() == 32);
}

TEST_CASE("a journal without its start, or of a run that is still open, is no fault") {
  CHECK(spans_of({}, options()).empty());
  std::vector<Event> events = journal();
  events.resize(4);  // a tool is open
  const std::vector<Span> spans = spans_of(events, options());
  REQUIRE(spans.size() == 3);
  CHECK(spans[2].ended == 4'000);
  events.erase(events.begin());
  CHECK(spans_of(events, options()).empty());
}

// What a strict collector looks at.
void check_attributes(const Json& list) {
  REQUIRE(list.is_array());
  for (const Json& one : list) {
    CHECK(one.size() == 2);
    CHECK(one["key"].is_string());
    REQUIRE(one["value"].size() == 1);
    const auto held = one["value"].begin();
    const std::string kind = held.key();
    const Json& value = held.value();
    if (kind == "intValue" || kind == "stringValue") CHECK(value.is_string());
    if (kind == "doubleValue") CHECK(value.is_number());
    if (kind == "arrayValue") CHECK(value["values"].is_array());
  }
}

void check_hex(const Json& value, std::size_t digits) {
  REQUIRE(value.is_string());
  const std::string text = value.get<std::string>();
  CHECK(text.size() == digits);
  CHECK(text.find_first_not_of("0123456789abcdef") == std::string::npos);
}

TEST_CASE("what is sent is OTLP in JSON: hex ids, integers as texts, enumerators as numbers") {
  OtlpResource resource;
  resource.version = "1.2.3";
  const Json body = parse_json(otlp_text(spans_of(journal(), options(true)), resource)).value();
  REQUIRE(body["resourceSpans"].size() == 1);
  const Json& of_resource = body["resourceSpans"][0];
  check_attributes(of_resource["resource"]["attributes"]);
  CHECK(of_resource["resource"]["attributes"][0] ==
        Json{{"key", "service.name"}, {"value", {{"stringValue", "yoke"}}}});
  const Json& scope = of_resource["scopeSpans"][0];
  CHECK(scope["scope"] == Json{{"name", "yoke"}, {"version", "1.2.3"}});
  for (const Json& span : scope["spans"]) {
    check_hex(span["traceId"], 32);
    check_hex(span["spanId"], 16);
    check_hex(span["parentSpanId"], 16);
    CHECK(span["kind"].is_number_integer());
    CHECK(span["status"]["code"].is_number_integer());
    CHECK(span["startTimeUnixNano"].is_string());
    CHECK(std::stoll(span["startTimeUnixNano"].get<std::string>()) <=
          std::stoll(span["endTimeUnixNano"].get<std::string>()));
    check_attributes(span["attributes"]);
    if (span.contains("events")) check_attributes(span["events"][0]["attributes"]);
  }
  CHECK(scope["spans"][0]["startTimeUnixNano"] == "1000000");
}

}  // namespace
}  // namespace yoke
