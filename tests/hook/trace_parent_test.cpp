#include "hosts/hook/trace_parent.h"

#include <catch2/catch.hpp>

#include "hosts/hook/anthropic/anthropic.h"
#include "hosts/hook/api/api.h"
#include "hosts/hook/openai/openai.h"
#include "runtime/engine/reader.h"
#include "tests/hook/hook_world.h"

// The trace that a request comes with becomes its run's, on every way in.
namespace yoke::testing {
namespace {

constexpr const char* kParent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

void add_all(Endpoints& endpoints, const HookServices& services) {
  add_api(endpoints, services);
  add_openai(endpoints, services);
  add_anthropic(endpoints, services);
}

// The trace of the newest run, as its journal has it.
std::string traced(HookWorld& world, const std::string& target, const Json& body,
                   const std::string& parent) {
  HttpHeaders headers;
  headers.add("traceparent", parent);
  const HttpResponse response = world.ask("POST", target, body, headers);
  INFO(response.body);
  REQUIRE(response.status < 300);
  RunFilter newest;
  newest.limit = 1;
  const std::vector<RunRow> runs = run(world.loop.io, world.app().store().list(newest));
  REQUIRE(runs.size() == 1);
  const std::string id = runs[0].run_id;
  const auto events = run(world.loop.io, read_events(world.app().store(), id)).value();
  const auto trace = noted_trace(member_at(events.at(0).fields, "note"));
  return trace ? trace->trace_id + " " + trace->span_id : std::string("none");
}

}  // namespace

TEST_CASE("only a valid traceparent is one") {
  CHECK(parse_traceparent(kParent));
  CHECK(parse_traceparent("01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more"));
  for (const char* bad : {"", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
                          "00-0AF7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                          "00-00000000000000000000000000000000-b7ad6b7169203331-01",
                          "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
                          "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                          "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more"}) {
    CHECK_FALSE(parse_traceparent(bad));
  }
}

TEST_CASE("a trace is kept as far as it is known, and nothing of what is none") {
  HttpRequest request;
  Json note;
  note_trace(request, note);
  CHECK(note.is_null());
  request.headers.set("traceparent",
                      "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more");
  note_trace(request, note);
  REQUIRE(noted_trace(note));
  CHECK(noted_trace(note)->span_id == "b7ad6b7169203331");
}

TEST_CASE("on every way in the run goes on with the trace that its request came with") {
  HookWorld world(add_all);
  const Json said = Json::parse(R"([{"role": "user", "content": "say x"}])");
  for (const auto& [target, body] : std::vector<std::pair<std::string, Json>>{
           {"/v1/runs?wait=10s", {{"agent", "helper"}, {"task", "say x"}}},
           {"/v1/sessions/talk/messages?wait=10s", {{"agent", "helper"}, {"task", "say x"}}},
           {"/v1/chat/completions", {{"model", "route/default"}, {"messages", said}}},
           {"/v1/chat/completions", {{"model", "agent/helper"}, {"messages", said}}},
           {"/v1/responses", {{"model", "route/default"}, {"input", "say x"}}},
           {"/v1/messages",
            {{"model", "route/default"}, {"max_tokens", 100}, {"messages", said}}}}) {
    INFO(target);
    CHECK(traced(world, target, body, kParent) ==
          "0af7651916cd43dd8448eb211c80319c b7ad6b7169203331");
    CHECK(traced(world, target, body, "00-nothing") == "none");
  }
}

}  // namespace yoke::testing
