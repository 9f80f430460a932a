#include "tools/graph/graph_tool.h"

#include "runtime/base/hash.h"
#include "runtime/base/text.h"
#include "runtime/http/url.h"

namespace yoke {
namespace {

constexpr std::chrono::seconds kGraphTimeout{60};

Outcome graph_outcome(Errc code) {
  if (code == Errc::timed_out) return Outcome::timeout;
  return code == Errc::denied ? Outcome::denied : Outcome::error;
}

// Where a character begins, at or before `at`.
std::size_t character_at(const std::string& text, std::size_t at) {
  if (at >= text.size()) return text.size();
  while (at > 0 && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U) --at;
  return at;
}

}  // namespace

GraphTool::GraphTool(ToolSpec spec, std::shared_ptr<const GraphServices> services)
    : spec_(std::move(spec)), services_(std::move(services)) {
  Result<std::shared_ptr<const Schema>> compiled = Schema::compile(spec_.input_schema);
  input_ = std::move(compiled.value());  // a schema of ours
}

Result<Json> GraphTool::check(const Json& args) const {
  Json given = input_->with_defaults(args.is_null() ? Json(Json::object()) : args);
  const std::vector<SchemaError> errors = input_->check(given);
  if (!errors.empty()) return Error{Errc::invalid, describe(errors)};
  return given;
}

awaitable<ToolOutcome> GraphTool::call(ToolRequest request, CallContext&) {
  ToolOutcome outcome;
  outcome.label = Label{};  // untrusted and private
  GraphCall asking(*services_, request);
  auto answering = answer(request.args, asking);
  Result<Json> value = co_await std::move(answering);
  outcome.audit = asking.take_audit();
  if (!value) {
    outcome.outcome = graph_outcome(value.error().code);
    outcome.message = shorten(printable(to_valid_utf8(value.error().detail)), 2000);
    co_return outcome;
  }
  if (to_text(*value).size() > services_->limits.value_bytes_max) {
    outcome.outcome = Outcome::error;
    outcome.message = "the result is over " + std::to_string(services_->limits.value_bytes_max) +
                      " bytes: ask for less, by a smaller limit";
    co_return outcome;
  }
  outcome.value = std::move(*value);
  co_return outcome;
}

awaitable<ProbeOutcome> GraphTool::probe(ToolRequest, CallContext&) { co_return ProbeOutcome{}; }

ToolSpec graph_spec(GraphToolWords words, const GraphServices& services, const Json& scope) {
  ToolSpec spec;
  spec.name = "graph:" + words.name;
  spec.description = std::move(words.description);
  spec.input_schema = Json{{"type", "object"},
                           {"properties", std::move(words.properties)},
                           {"required", words.required},
                           {"additionalProperties", false}};
  if (words.required.empty()) spec.input_schema.erase("required");
  spec.effect = Effect::read;
  spec.timeout = kGraphTimeout;
  spec.origin = kGraphOrigin;
  spec.source_hash = to_hex(sha256(spec.name + "\n" + spec.description + "\n" +
                                   to_text(spec.input_schema) + "\n" + to_text(scope)));
  const Result<Url> home = parse_url(services.base_url);
  if (home) spec.permissions = Json{{"net", Json::array({home->host})}};
  return spec;
}

Json graph_text_property(const std::string& about) {
  return Json{{"type", "string"}, {"minLength", 1}, {"maxLength", 600}, {"description", about}};
}

Json graph_limit_property(int most, int usual) {
  return Json{{"type", "integer"},
              {"minimum", 1},
              {"maximum", most},
              {"default", usual},
              {"description", "How many at most"}};
}

Json graph_piece(const std::string& text, std::int64_t offset, std::int64_t bytes) {
  const std::size_t begin = character_at(text, static_cast<std::size_t>(offset));
  std::size_t end = character_at(text, begin + static_cast<std::size_t>(bytes));
  if (end == begin && begin < text.size()) end = character_at(text, begin + 4);
  Json piece{{"text", text.substr(begin, end - begin)}, {"total_bytes", text.size()}};
  if (end < text.size()) piece["next_offset"] = end;
  return piece;
}

std::string graph_body_text(const Json& body, const GraphServices& services) {
  std::string content = string_at(body, "content");
  if (string_at(body, "contentType") == "html" && services.text_of) {
    const Result<std::string> plain = services.text_of("body.html", content);
    content = plain ? *plain : "(its text cannot be read: " + plain.error().message() + ")";
  }
  return shorten(trim(content), services.limits.body_bytes_max);
}

std::string graph_person(const Json& recipient) {
  const Json& mail = member_at(recipient, "emailAddress");
  const std::string name = string_at(mail, "name");
  const std::string address = string_at(mail, "address");
  if (name.empty() || name == address) return address;
  return address.empty() ? name : name + " <" + address + ">";
}

void put_unless_empty(Json& object, const char* key, std::string text) {
  if (!text.empty()) object[key] = std::move(text);
}

}  // namespace yoke
