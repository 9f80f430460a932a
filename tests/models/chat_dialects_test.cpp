#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>

#include "models/choose_wire.h"
#include "models/openai_chat/chat_wire.h"
#include "tests/models/vendor_fixtures.h"

// Every vendor's dialect of Chat Completions as data/chat_dialects.json has it: what is read of an
// answer, whole and streamed, and what of it goes back, to whom and to whom not.
//
// A row: `message` and `deltas` are one answer in both forms, with a thought and a call or a text;
// `reads` is what it means. `answer` is the turn that follows the call's result. `sends` is how the
// two go back: `loop` and `later` the first, before and after the next words of a person, `answer`
// the second. `asks` are further fields of the request; null: it must not have that one.
namespace yoke {
namespace {

Json read_json_file(const std::string& name) {
  std::ifstream file(std::string(YOKE_MODELS_DATA) + "/" + name);
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  return parse_json(text).value();
}

const Json& calls_with(const std::string& word) {
  static const Json function = {{"name", "weather_now"}, {"arguments", "{\"place\":\"Oslo\"}"}};
  static const Json whole = json(R"([{"id": "call_1", "type": "function", "function":
    {"name": "weather_now", "arguments": "{\"place\":\"Oslo\"}"}}])");
  static const Json begin = json(R"([{"index": 0, "id": "call_1", "type": "function", "function":
    {"name": "weather_now", "arguments": "{\"place\":"}}])");
  static const Json end = json(R"([{"index": 0, "function": {"arguments": "\"Oslo\"}"}}])");
  if (word == "$begin") return begin;
  return word == "$end" ? end : whole;
}

// With the calls that the rows only name.
Json filled(Json message) {
  if (!message.is_object() || !member_at(message, "tool_calls").is_string()) return message;
  message["tool_calls"] = calls_with(message["tool_calls"].get<std::string>());
  return message;
}

struct Dialect {
  explicit Dialect(const Json& from) : row(from) {
    const Preset* preset = find_preset(text("preset"));
    ENSURE(preset != nullptr);
    wire = make_wire(*preset, Preset::Wire::openai_chat);
  }

  std::string text(const char* key) const { return string_at(row, key); }
  std::string finish() const {
    const bool calls = filled(row["message"]).contains("tool_calls");
    return string_at(row, "finish", calls ? "tool_calls" : "stop");
  }
  WireForm form() const {
    const Json& body = member_at(row, "body");
    return form_of(*wire, text("model"), body.is_object() ? body : Json::object());
  }

  Json whole(const char* which) const {
    const Json message = filled(row[which]);
    Json answer = {{"id", "c1"}, {"model", text("model")}, {"choices", Json::array()}};
    answer["choices"].push_back({{"index", 0}, {"message", message}, {"finish_reason", finish()}});
    for (const char* counts : {"usage", "timings"}) {
      if (row.contains(counts)) answer[counts] = row[counts];
    }
    return answer;
  }

  std::string stream() const {
    std::vector<Json> chunks;
    if (row.contains("head")) chunks.insert(chunks.end(), row["head"].begin(), row["head"].end());
    for (const Json& delta : row["deltas"]) chunks.push_back(chunk(filled(delta), nullptr));
    chunks.push_back(chunk(Json::object(), finish()));
    Json last = whole("message");
    last["choices"] = Json::array();
    chunks.push_back(std::move(last));
    std::string bytes = bool_at(row, "comments") ? ": OPENROUTER PROCESSING\n\n" : "";
    return bytes + stream_of(chunks) + "data: [DONE]\n\n";
  }

  Json chunk(const Json& delta, const Json& reason) const {
    const Json choice = {{"index", 0}, {"delta", delta}, {"finish_reason", reason}};
    return {{"id", "c1"}, {"model", text("model")}, {"choices", Json::array({choice})}};
  }

  Json row;
  std::unique_ptr<Wire> wire;
};

std::vector<Dialect> dialects() {
  std::vector<Dialect> all;
  for (const Json& row : read_json_file("chat_dialects.json")) all.emplace_back(row);
  return all;
}

// A message's parts as the rows write them; an opaque part's origin is left to them.
Json brief(const Message& message) {
  Json list = Json::array();
  const Json neutral = to_json(message);
  for (const Json& part : neutral["parts"]) {
    const std::string type = string_at(part, "type");
    Json one;
    if (type == "text") one = {{"text", part["text"]}};
    if (type == "reasoning") one = {{"reasoning", part["text"]}, {"key", string_at(part, "key")}};
    if (type == "tool_call") {
      one = {{"call", part["name"]}, {"id", part["id"]}, {"args", part["args"]}};
    }
    const Json& opaque = member_at(part, "opaque");
    if (!member_at(opaque, "value").is_null()) {
      one["opaque"] = {{"kind", opaque["kind"]}, {"value", opaque["value"]}};
    }
    list.push_back(std::move(one));
  }
  return list;
}

ModelReply read(const Dialect& dialect, const char* which) {
  const WireReading reading(*dialect.wire, {tool_named("weather.now")}, dialect.text("model"));
  return reply_in(reading.whole(dialect.whole(which)));
}

// The conversation up to a call's result, or to what a person says next.
ModelRequest conversation(const Dialect& dialect, bool later) {
  ModelRequest request;
  request.tools.push_back(tool_named("weather.now"));
  request.messages.push_back(user_message("Weather in Oslo?"));
  request.messages.push_back(read(dialect, "message").message);
  for (const ToolCallPart& call : calls_in(request.messages[1])) {
    request.messages.push_back(tool_result(call.id, call.name, "3 degrees"));
  }
  if (!later) return request;
  request.messages.push_back(read(dialect, "answer").message);
  request.messages.push_back(user_message("And Rome?"));
  return request;
}

std::vector<Json> of_assistant(const Json& body) {
  std::vector<Json> messages;
  for (const Json& message : body["messages"]) {
    if (message["role"] == "assistant") messages.push_back(message);
  }
  return messages;
}

TEST_CASE("each vendor's answer is read for what it is, whole or streamed, in any pieces") {
  for (const Dialect& dialect : dialects()) {
    INFO(dialect.text("row"));
    const ModelReply whole = read(dialect, "message");
    CHECK(brief(whole.message) == dialect.row["reads"]);
    CHECK(name_of(whole.finish) == dialect.finish());
    const std::string bytes = dialect.stream();
    for (const std::size_t step : {bytes.size(), std::size_t{1}}) {
      WireReading reading(*dialect.wire, {tool_named("weather.now")}, dialect.text("model"));
      const ModelOutcome streamed = reading.stream(bytes, {}, step);
      CHECK(brief(reply_in(streamed).message) == dialect.row["reads"]);
      CHECK(to_json(reply_in(streamed).usage)["input"] == to_json(whole.usage)["input"]);
    }
  }
}

TEST_CASE("each vendor's tokens are counted as it counts them") {
  for (const Dialect& dialect : dialects()) {
    if (!dialect.row.contains("counts")) continue;
    INFO(dialect.text("row"));
    Json expected = dialect.row["counts"];
    expected["estimated"] = false;
    CHECK(to_json(read(dialect, "message").usage) == expected);
    WireReading reading(*dialect.wire, {}, dialect.text("model"));
    CHECK(to_json(reply_in(reading.stream(dialect.stream())).usage) == expected);
  }
}

TEST_CASE("each vendor gets back of its own reasoning what it wants back, and when") {
  for (const Dialect& dialect : dialects()) {
    INFO(dialect.text("row"));
    const Json& sends = dialect.row["sends"];
    const Json in_loop = body_of(*dialect.wire, conversation(dialect, false), dialect.form());
    CHECK(of_assistant(in_loop).at(0) == filled(sends["loop"]));
    const Json later = body_of(*dialect.wire, conversation(dialect, true), dialect.form());
    CHECK(of_assistant(later).at(0) == filled(sends["later"]));
    CHECK(of_assistant(later).at(1) == sends["answer"]);
  }
}

TEST_CASE("each vendor is asked for what it has to be asked for") {
  for (const Dialect& dialect : dialects()) {
    INFO(dialect.text("row"));
    WireForm form = dialect.form();
    form.stream = true;
    const Json body = body_of(*dialect.wire, conversation(dialect, false), form);
    if (!dialect.row.contains("asks")) continue;
    for (const auto& [key, value] : dialect.row["asks"].items()) {
      INFO(key);
      CHECK(member_at(body, key) == value);
    }
  }
}

// What a message thought and what only its maker can read, as it would stand in a body.
std::vector<std::string> private_texts(const Message& message) {
  std::vector<std::string> texts;
  for (const Part& part : message.parts) {
    if (const auto* thought = std::get_if<ReasoningPart>(&part)) {
      if (!thought->text.empty()) texts.push_back(thought->text);
    }
    const Json opaque = member_at(to_json(Message{Role::assistant, {part}})["parts"][0], "opaque");
    const Json& value = member_at(opaque, "value");
    if (value.is_string() && value.get<std::string>().size() > 8)
      texts.push_back(value.get<std::string>());
    if (value.is_structured()) texts.push_back(to_text(value));
  }
  return texts;
}

// Each wire that a conversation may move to, as backend 'other' of a preset.
std::vector<std::pair<std::string, std::unique_ptr<Wire>>> all_wires() {
  std::vector<std::pair<std::string, std::unique_ptr<Wire>>> wires;
  for (const Preset& preset : presets()) {
    const bool scripted =
        preset.wire == Preset::Wire::script || preset.wire == Preset::Wire::script_wire;
    if (scripted) continue;
    wires.emplace_back(preset.name, make_wire(preset, preset.wire));
    if (!preset.responses) continue;
    wires.emplace_back(std::string(preset.name) + " (Responses)",
                       make_wire(preset, Preset::Wire::openai_responses));
  }
  return wires;
}

TEST_CASE("on a change of vendor what was said goes along, and what was thought stays behind") {
  const auto wires = all_wires();
  for (const Dialect& dialect : dialects()) {
    const ModelRequest request = conversation(dialect, true);
    for (const auto& [name, wire] : wires) {
      INFO(dialect.text("row") + " -> " + name);
      WireForm form = form_of(*wire, "m");
      form.origin = wire->origin("other", "m");
      const std::string body = to_text(body_of(*wire, request, form));
      CHECK(body.find("Cold.") != std::string::npos);
      for (const Message& message : request.messages) {
        for (const std::string& text : private_texts(message)) {
          CHECK(body.find(text) == std::string::npos);
        }
      }
    }
  }
}

TEST_CASE("a vendor that insists on reasoning gets a blank one for what another thought") {
  for (const Dialect& dialect : dialects()) {
    for (const char* preset : {"deepseek", "moonshot"}) {
      const auto wire = make_wire(*find_preset(preset), Preset::Wire::openai_chat);
      WireForm form = form_of(*wire, "kimi-or-v4");
      form.origin = wire->origin("other", form.model);
      const Json body = body_of(*wire, conversation(dialect, false), form);
      const Json message = of_assistant(body).at(0);
      INFO(dialect.text("row") + " -> " + preset);
      const std::string blank = std::string_view(preset) == "moonshot" ? " " : "";
      if (message.contains("tool_calls")) CHECK(message["reasoning_content"] == blank);
    }
  }
}

TEST_CASE("of one address with many makers' models, one maker's thoughts stay from the others") {
  const auto wire = make_wire(*find_preset("openrouter"), Preset::Wire::openai_chat);
  CHECK(wire->origin("lab", "anthropic/claude-sonnet-4.6") ==
        wire->origin("lab", "anthropic/claude-opus-4.8"));
  for (const Dialect& dialect : dialects()) {
    if (dialect.text("row") != "OpenRouter") continue;
    const ModelRequest request = conversation(dialect, false);
    const Json own = body_of(*wire, request, form_of(*wire, "anthropic/claude-opus-4.8"));
    CHECK(of_assistant(own).at(0).contains("reasoning_details"));
    const Json other = body_of(*wire, request, form_of(*wire, "openai/gpt-5"));
    CHECK_FALSE(of_assistant(other).at(0).contains("reasoning_details"));
    CHECK_FALSE(of_assistant(other).at(0).contains("reasoning"));
  }
}

TEST_CASE("a signature that was lost is replaced by the one Google takes in its place") {
  const auto wire = make_wire(*find_preset("openai-compatible"), Preset::Wire::openai_chat);
  ModelRequest request;
  request.messages.push_back(user_message("Weather?"));
  request.messages.push_back(assistant({call_part("call_1", "weather.now", Json::object())}));
  const Json body = body_of(*wire, request, form_of(*wire, "gemini-3-pro"));
  const Json call = of_assistant(body).at(0)["tool_calls"][0];
  CHECK(call["extra_content"]["google"]["thought_signature"] == "skip_thought_signature_validator");
}

}  // namespace
}  // namespace yoke
