#include <catch2/catch.hpp>
#include <mutex>
#include <set>

#include "runtime/base/text.h"
#include "tests/hosts/sample.h"
#include "tests/support/held_port.h"
#include "tests/support/mock_socket.h"

// A run's spans as a collector of OpenTelemetry takes them: OTLP over HTTP, in JSON.
namespace yoke::testing {
namespace {

bool is_hex(const Json& value, std::size_t digits) {
  if (!value.is_string() || value.get<std::string>().size() != digits) return false;
  const std::string text = value.get<std::string>();
  return text.find_first_not_of("0123456789abcdef") == std::string::npos &&
         text.find_first_not_of('0') != std::string::npos;
}

// 64-bit integers are decimal texts in JSON's form of protocol buffers.
bool is_number_text(const Json& value) {
  return value.is_string() && !value.get<std::string>().empty() &&
         value.get<std::string>().find_first_not_of("-0123456789") == std::string::npos;
}

std::string unknown_field(const Json& value, const std::set<std::string>& known) {
  if (!value.is_object()) return "no object";
  for (const auto& [name, member] : value.items()) {
    if (known.count(name) == 0) return "an unknown field " + name;
  }
  return {};
}

bool is_value(const Json& value) {
  if (!value.is_object() || value.size() != 1) return false;
  const std::string kind = value.begin().key();
  const Json& held = value.begin().value();
  if (kind == "stringValue") return held.is_string();
  if (kind == "intValue") return is_number_text(held);
  if (kind == "doubleValue") return held.is_number();
  if (kind == "boolValue") return held.is_boolean();
  if (kind != "arrayValue") return false;
  const Json& values = member_at(held, "values");
  return values.is_array() && std::all_of(values.begin(), values.end(), is_value);
}

std::string wrong_with_attributes(const Json& attributes) {
  if (attributes.is_null()) return {};
  if (!attributes.is_array()) return "attributes are no array";
  std::set<std::string> keys;
  for (const Json& each : attributes) {
    const std::string key = string_at(each, "key");
    if (const std::string other = unknown_field(each, {"key", "value"}); !other.empty())
      return other;
    if (key.empty() || !keys.insert(key).second) return "an attribute '" + key + "' twice, or none";
    if (!is_value(member_at(each, "value"))) return "no value of " + key;
  }
  return {};
}

std::string wrong_with_span(const Json& span) {
  const std::string other = unknown_field(
      span, {"traceId", "spanId", "parentSpanId", "name", "kind", "startTimeUnixNano",
             "endTimeUnixNano", "attributes", "events", "links", "status", "flags", "traceState"});
  if (!other.empty()) return other;
  if (!is_hex(member_at(span, "traceId"), 32)) return "no trace id";
  if (!is_hex(member_at(span, "spanId"), 16)) return "no span id";
  if (span.contains("parentSpanId") && !is_hex(span["parentSpanId"], 16)) return "no parent's id";
  if (string_at(span, "name").empty()) return "no name";
  const std::int64_t kind = integer_at(span, "kind");
  if (kind < 1 || kind > 5) return "no kind";
  const Json& begun = member_at(span, "startTimeUnixNano");
  const Json& ended = member_at(span, "endTimeUnixNano");
  if (!is_number_text(begun) || !is_number_text(ended)) return "no times";
  if (std::stoll(begun.get<std::string>()) > std::stoll(ended.get<std::string>())) {
    return "it ends before it begins";
  }
  if (span.contains("status")) {
    const std::string slip = unknown_field(span["status"], {"code", "message"});
    if (!slip.empty()) return "status: " + slip;
    if (integer_at(span["status"], "code") > 2) return "no status";
  }
  for (const Json& event : member_at(span, "events")) {
    const std::string slip = unknown_field(event, {"name", "timeUnixNano", "attributes"});
    if (!slip.empty()) return "an event: " + slip;
    if (!is_number_text(member_at(event, "timeUnixNano"))) return "an event without a time";
  }
  return wrong_with_attributes(member_at(span, "attributes"));
}

// What is wrong with the body of a request; empty: nothing. `ids` and `parents` are filled.
std::string wrong_with_body(const Json& body, std::set<std::string>& ids,
                            std::set<std::string>& parents) {
  if (const std::string other = unknown_field(body, {"resourceSpans"}); !other.empty())
    return other;
  for (const Json& resource : member_at(body, "resourceSpans")) {
    const std::string wrong =
        wrong_with_attributes(member_at(member_at(resource, "resource"), "attributes"));
    if (!wrong.empty()) return "the resource: " + wrong;
    for (const Json& scope : member_at(resource, "scopeSpans")) {
      if (string_at(member_at(scope, "scope"), "name").empty()) return "a scope without a name";
      for (const Json& span : member_at(scope, "spans")) {
        const std::string slip = wrong_with_span(span);
        if (!slip.empty()) return string_at(span, "name") + ": " + slip;
        if (!ids.insert(string_at(span, "spanId")).second) return "two spans of one id";
        if (span.contains("parentSpanId")) parents.insert(string_at(span, "parentSpanId"));
      }
    }
  }
  return ids.empty() ? "no spans" : "";
}

// Keeps what is posted to it, and answers as it is told.
class OtlpCollector {
 public:
  explicit OtlpCollector(int status = 200, std::string answer = "{}")
      : status_(status),
        answer_(std::move(answer)),
        server_([this](const MockRequest& request, MockConnection& peer) {
          const std::lock_guard<std::mutex> guard(lock_);
          seen_.push_back(request);
          peer.send("HTTP/1.1 " + std::to_string(status_) +
                    " Said\r\nContent-Type: application/json\r\nConnection: close\r\n"
                    "Content-Length: " +
                    std::to_string(answer_.size()) + "\r\n\r\n" + answer_);
          return false;
        }) {}
  std::string base() const { return "http://127.0.0.1:" + std::to_string(server_.port()); }
  std::string url() const { return base() + "/v1/traces"; }
  std::vector<MockRequest> seen() const {
    const std::lock_guard<std::mutex> guard(lock_);
    return seen_;
  }

 private:
  const int status_;
  const std::string answer_;
  mutable std::mutex lock_;
  std::vector<MockRequest> seen_;
  MockServer server_;  // last: it uses what is above
};

}  // namespace

TEST_CASE("a collector takes a run's spans, whole and with their parents") {
  const Sample sample;
  const OtlpCollector collector;
  const std::string id = sample.run("count one two");
  const Ended ended =
      sample.yoke(Args{"runs", "export", id, "--as", "otlp", "--to", collector.url()});
  INFO(ended.err);
  REQUIRE(ended.status == 0);
  CHECK(ended.out.empty());
  CHECK(holds(ended.err, "exported run " + id + " to " + collector.url()));
  const std::vector<MockRequest> seen = collector.seen();
  REQUIRE(seen.size() == 1);
  CHECK(seen[0].method == "POST");
  CHECK(seen[0].target == "/v1/traces");
  CHECK(seen[0].headers.at("content-type") == "application/json");
  const Result<Json> body = parse_json(seen[0].body);
  REQUIRE(body.has_value());
  std::set<std::string> ids;
  std::set<std::string> parents;
  CHECK(wrong_with_body(*body, ids, parents) == "");
  CHECK(ids.size() >= 3);
  CHECK_FALSE(parents.empty());
  for (const std::string& parent : parents) CHECK(ids.count(parent) == 1);
}

TEST_CASE("headers of [telemetry] go to the collector that it names, and to no other") {
  const Sample sample;
  const OtlpCollector named;
  const OtlpCollector other;
  const std::string id = sample.run("say hello");
  sample.write("yoke.toml", sample.read("yoke.toml") + "\n[telemetry]\notlp = \"" + named.base() +
                                "\"\nheaders = { api-key = \"k\" }\n");
  for (const OtlpCollector* each : {&named, &other}) {
    const Ended ended =
        sample.yoke(Args{"runs", "export", id, "--as", "otlp", "--to", each->url()});
    INFO(ended.err);
    CHECK(ended.status == 0);
  }
  REQUIRE(named.seen().size() == 1);
  REQUIRE(other.seen().size() == 1);
  CHECK(named.seen()[0].headers.count("api-key") == 1);
  CHECK(other.seen()[0].headers.count("api-key") == 0);
}

TEST_CASE("what a collector does not take is told with its address and its words") {
  const Sample sample;
  const std::string id = sample.run("say hello");
  const auto said = [&](const std::string& url) {
    const Ended ended = sample.yoke(Args{"runs", "export", id, "--as", "otlp", "--to", url});
    CHECK(ended.status == 1);
    CHECK(holds(ended.err, url));
    return ended.err;
  };
  const OtlpCollector none(404, "no such place");
  CHECK(holds(said(none.url()), "the collector answered 404: no such place"));
  CHECK(holds(said(none.url()), "/v1/traces"));
  const OtlpCollector part(200, R"({"partialSuccess":{"rejectedSpans":"2","errorMessage":"old"}})");
  CHECK(holds(said(part.url()), "refused 2 of the spans: old"));
  const HeldPort nobody;
  said("http://127.0.0.1:" + std::to_string(nobody.number()) + "/v1/traces");
  const Ended page = sample.yoke(Args{"runs", "export", id, "--as", "html", "--to", none.url()});
  CHECK(page.status == 2);
  CHECK(holds(page.err, "--to an address is for --as otlp"));
}

}  // namespace yoke::testing
