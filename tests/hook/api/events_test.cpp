#include <catch2/catch.hpp>

#include "hosts/keys/api_keys.h"
#include "tests/hook/api/api_world.h"

// A run's events, followed by clients that come, go and come again.
namespace yoke::testing {
namespace {

std::vector<std::string> journaled_ids(const std::vector<SseEvent>& events) {
  std::vector<std::string> ids;
  for (const SseEvent& event : events) {
    const bool live = event.id.find(':') != std::string::npos || event.event == "reset";
    if (!live) ids.push_back(event.id);
  }
  return ids;
}

std::vector<std::string> numbers_to(std::size_t last, std::size_t first = 1) {
  std::vector<std::string> numbers;
  for (std::size_t n = first; n <= last; ++n) numbers.push_back(std::to_string(n));
  return numbers;
}

}  // namespace

TEST_CASE("a stream of events is the journal, whole and in order, and ends with it") {
  ApiWorld world;
  const std::string id = world.start("count a b");
  EventReader reader(world, "/v1/runs/" + id + "/events");
  reader.wait_for_end();
  CHECK(reader.status == 200);
  CHECK(reader.headers.get("Content-Type") == "text/event-stream");
  CHECK(reader.text.starts_with("retry: "));
  REQUIRE_FALSE(reader.events.empty());
  CHECK(reader.events.front().event == "run.started");
  CHECK(reader.events.back().event == "run.completed");
  const Json page = json_of(world.events_of(id));
  CHECK(journaled_ids(reader.events) == numbers_to(page["events"].size()));
  for (const SseEvent& event : reader.events) {
    const Result<Json> data = parse_json(event.data);
    REQUIRE(data.has_value());
    CHECK(string_at(*data, "kind") == event.event);
    CHECK(string_at(*data, "run") == id);
  }
}

TEST_CASE("a stream of events tells nothing more once the key that reads it has ended") {
  for (const bool revoked : {true, false}) {
    ApiWorld world;
    ApiKeys& keys = world.app().keys();
    REQUIRE(run(world.loop.io, keys.load()).has_value());
    Json order{{"name", "ci"}};
    if (!revoked) order["expires"] = "1h";
    const Result<ApiKeys::Made> made = run(world.loop.io, keys.create(std::move(order)));
    REQUIRE(made.has_value());
    const std::string id = world.start("open");
    const Json parked = world.until_waiting(id);
    world.gate.who.key_id = made->record.id;
    EventReader reader(world, "/v1/runs/" + id + "/events");
    reader.wait_for("question.asked");
    if (revoked) REQUIRE(run(world.loop.io, keys.revoke("ci", "ann")).has_value());
    if (!revoked) world.wall.ahead += Micros{3600} * 1'000'000;
    world.gate.who.key_id.clear();
    const Json body{{"question", parked["questions"][0]["question"]}, {"value", "yes"}};
    CHECK(world.ask("POST", "/v1/runs/" + id + "/answers", body).status == 200);
    reader.wait_for_end();
    CHECK(reader.events.back().event == "error");
    CHECK(reader.events.back().data.find("the key of this stream has ended") != std::string::npos);
    CHECK_FALSE(reader.has("question.answered"));
  }
}

TEST_CASE("a client that comes again is told what it has not seen and nothing twice") {
  ApiWorld world;
  const std::string id = world.started_and_ended("count a b");
  const std::size_t all = json_of(world.events_of(id))["events"].size();
  for (std::size_t seen = 0; seen < all; ++seen) {
    EventReader by_header(world, "/v1/runs/" + id + "/events", std::to_string(seen));
    by_header.wait_for_end();
    CHECK(journaled_ids(by_header.events) == numbers_to(all, seen + 1));
    EventReader by_query(world, "/v1/runs/" + id + "/events?after=" + std::to_string(seen));
    by_query.wait_for_end();
    CHECK(by_query.events == by_header.events);
  }
}

TEST_CASE("who has seen all of a run that has ended is told not to come again") {
  ApiWorld world;
  const std::string id = world.started_and_ended("say x");
  const std::string target = "/v1/runs/" + id + "/events";
  const std::size_t all = json_of(world.events_of(id))["events"].size();
  EventReader by_header(world, target, std::to_string(all));
  by_header.wait_for_end();
  CHECK(by_header.status == 204);
  CHECK(by_header.text.empty());
  EventReader by_query(world, target + "?after=" + std::to_string(all));
  by_query.wait_for_end();
  CHECK(by_query.status == 204);
  const HttpResponse page = world.events_of(id, "?after=" + std::to_string(all));
  CHECK(page.status == 200);
  CHECK(bool_at(json_of(page), "ended"));
}

TEST_CASE("a place beyond the last event is refused before a stream begins") {
  ApiWorld world;
  for (const char* task : {"say x", "open"}) {
    const std::string id = world.start(task);
    const std::string target = "/v1/runs/" + id + "/events";
    world.until([&] { return world.services().drivers.driving() == 0; });
    EventReader by_header(world, target, "1000");
    by_header.wait_for_end();
    CHECK(by_header.status == 422);
    EventReader by_query(world, target + "?after=1000");
    by_query.wait_for_end();
    CHECK(by_query.status == 422);
    CHECK(by_query.text.find("its last one is") != std::string::npos);
    CHECK(world.events_of(id, "?after=1000").status == 422);
  }
}

TEST_CASE("streams end when the process leaves") {
  ApiWorld world;
  const std::string id = world.start("open");
  EventReader reader(world, "/v1/runs/" + id + "/events");
  reader.wait_for("question.asked");
  world.services().feed.close();
  reader.wait_for_end();
  CHECK(reader.text.find("\n:\n\n") == std::string::npos);  // nor a heartbeat
  CHECK(reader.events.back().event == "question.asked");
}

TEST_CASE("the header of a client that comes again wins over its address") {
  ApiWorld world;
  const std::string id = world.started_and_ended("say x");
  EventReader reader(world, "/v1/runs/" + id + "/events?after=1", "2");
  reader.wait_for_end();
  REQUIRE_FALSE(reader.events.empty());
  CHECK(reader.events.front().id == "3");
}

TEST_CASE("a stream says every 15 seconds that it is there") {
  ApiWorld world;
  const std::string id = world.start("open");
  EventReader reader(world, "/v1/runs/" + id + "/events");
  reader.wait_for("question.asked");
  world.until([&] { return world.services().drivers.driving() == 0; });
  world.loop.settle();  // the host waits in silence
  const std::size_t told = reader.text.size();
  for (int beat = 1; beat <= 3; ++beat) {
    world.loop.advance(std::chrono::seconds(15));
    world.until([&] { return reader.text.size() >= told + 3 * static_cast<std::size_t>(beat); });
  }
  CHECK(reader.text.substr(told) == ":\n\n:\n\n:\n\n");
  CHECK_FALSE(reader.ended());
  const Json cancelled =
      json_of(world.ask("POST", "/v1/runs/" + id + "/cancel?wait=30s", Json::object()));
  reader.wait_for_end();
  CHECK(reader.events.back().event == "run.cancelled");
}

TEST_CASE("a run that is started with a stream of events is followed from its beginning") {
  ApiWorld world;
  HttpRequest request;
  request.method = "POST";
  request.url = world.url("/v1/runs");
  request.headers.set("Content-Type", "application/json");
  request.body = to_text(Json{{"agent", "helper"}, {"task", "say live"}});
  EventReader reader(world, std::move(request));
  reader.wait_for_end();
  CHECK(reader.status == 200);
  REQUIRE_FALSE(reader.events.empty());
  CHECK(reader.events.front().event == "run.started");
  CHECK(reader.has("delta.text"));
  CHECK(reader.events.back().event == "run.completed");
  const std::string id = string_at(parse_json(reader.events.front().data).value(), "run");
  CHECK(reader.headers.get("Location") == "/v1/runs/" + id);
}

TEST_CASE("a client that hangs up leaves its run going") {
  ApiWorld world;
  const std::string id = world.start("count a b");
  {
    EventReader reader(world, "/v1/runs/" + id + "/events");
    reader.wait_for("run.started");
  }
  CHECK(string_at(world.ended(id), "status") == "completed");
}

TEST_CASE("the journal is read in pages by who asks for JSON") {
  ApiWorld world;
  const std::string id = world.started_and_ended("count a b");
  const Json whole = json_of(world.events_of(id));
  CHECK(bool_at(whole, "ended"));
  CHECK_FALSE(whole.contains("next"));
  Json gathered = Json::array();
  std::string after = "0";
  while (!after.empty()) {
    const Json page = json_of(world.events_of(id, "?limit=2&after=" + after));
    CHECK(page["events"].size() <= 2);
    for (const Json& event : page["events"]) gathered.push_back(event);
    after = string_at(page, "next");
  }
  CHECK(gathered == whole["events"]);
}

TEST_CASE("a place that is none is refused") {
  ApiWorld world;
  const std::string id = world.started_and_ended("say x");
  for (const char* place : {"x", "-1", "1:", "1:x", "99999999999999999999"}) {
    const HttpResponse refused = world.events_of(id, "?after=" + std::string(place));
    INFO(place);
    CHECK(refused.status == 422);
    CHECK(string_at(json_of(refused), "param") == "after");
  }
}

}  // namespace yoke::testing
