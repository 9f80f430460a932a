#include "sandbox/worker/frame.h"

#include <array>
#include <limits>
#include <utility>

#include "runtime/base/json_writer.h"
#include "sandbox/worker/fields.h"

namespace yoke::sandbox {

namespace {

constexpr std::int64_t kAny = std::numeric_limits<std::int64_t>::max();
// What a worker says that it used is added up: no sum of these comes near an overflow.
constexpr std::int64_t kUsedMost = 1'000'000'000'000;

// The number of a frame is its place in its variant, from 1.
constexpr std::array kToNames{"load", "forget", "define", "start", "answer", "cancel"};
constexpr std::array kFromNames{"ready", "defined", "asked", "ended", "said"};
static_assert(kToNames.size() == std::variant_size_v<ToWorker>);
static_assert(kFromNames.size() == std::variant_size_v<FromWorker>);

// The quotas that differ from the defaults travel; most calls have none.
struct Bounded {
  const char* key;
  std::int64_t Quota::*field;
};
constexpr std::array kQuotas{
    Bounded{"instructions", &Quota::instructions_max},
    Bounded{"memory", &Quota::memory_bytes_max},
    Bounded{"pattern_steps", &Quota::pattern_steps_max},
    Bounded{"string", &Quota::string_bytes_max},
    Bounded{"output", &Quota::output_bytes_max},
    Bounded{"log", &Quota::log_bytes_max},
    Bounded{"host_calls", &Quota::host_calls_max},
    Bounded{"coroutines", &Quota::coroutines_max},
    Bounded{"list_items", &Quota::list_items_max},
    Bounded{"json_depth", &Quota::json_depth_max},
    Bounded{"json_nodes", &Quota::json_nodes_max},
    Bounded{"source", &Quota::source_bytes_max},
    Bounded{"stretch", &Quota::stretch_instructions_max},
};

struct Metered {
  const char* key;
  std::int64_t Meter::*field;
};
constexpr std::array kMeters{
    Metered{"instructions", &Meter::instructions},
    Metered{"memory", &Meter::memory_bytes},
    Metered{"memory_peak", &Meter::memory_bytes_peak},
    Metered{"pattern_steps", &Meter::pattern_steps},
    Metered{"output", &Meter::output_bytes},
    Metered{"log", &Meter::log_bytes},
    Metered{"host_calls", &Meter::host_calls},
};

void write_quota(JsonWriter& out, const Quota& quota) {
  const Quota usual;
  out.key("quota").open_object();
  if (quota.cpu_max != usual.cpu_max) out.key("cpu_ms").integer(quota.cpu_max.count());
  if (quota.stretch_cpu_max != usual.stretch_cpu_max) {
    out.key("stretch_ms").integer(quota.stretch_cpu_max.count());
  }
  for (const Bounded& bound : kQuotas) {
    if (quota.*bound.field != usual.*bound.field) out.key(bound.key).integer(quota.*bound.field);
  }
  out.close_object();
}

Quota read_quota(Fields& outer) {
  Quota quota;
  Fields fields(outer.any("quota"), "quota");
  if (fields.has("cpu_ms")) {
    quota.cpu_max = std::chrono::milliseconds(fields.integer("cpu_ms", 0, 86'400'000));
  }
  if (fields.has("stretch_ms")) {
    quota.stretch_cpu_max = std::chrono::milliseconds(fields.integer("stretch_ms", 0, 86'400'000));
  }
  for (const Bounded& bound : kQuotas) {
    if (fields.has(bound.key)) quota.*bound.field = fields.integer(bound.key, 0, kAny);
  }
  if (Result<void> read = fields.finish(); !read) outer.fail(read.error().detail);
  return quota;
}

void write_texts(JsonWriter& out, const char* key, const std::vector<std::string>& texts) {
  out.key(key).open_array();
  for (const std::string& text : texts) out.text(text);
  out.close_array();
}

// ---- bodies, one pair a frame

void write(JsonWriter& out, const LoadFrame& frame) {
  out.key("program").integer(frame.program);
  out.member("name", frame.source.name).member("text", frame.source.text);
  out.key("libs").open_object();
  for (const auto& [name, text] : frame.source.libs) out.member(name, text);
  out.close_object();
}

std::uint32_t read_program(Fields& fields) {
  return static_cast<std::uint32_t>(
      fields.integer("program", 1, std::numeric_limits<std::uint32_t>::max()));
}

void read(Fields& fields, LoadFrame& frame) {
  frame.program = read_program(fields);
  frame.source.name = fields.text("name");
  frame.source.text = fields.text("text");
  const Json libs = fields.any("libs");
  if (!libs.is_object()) return fields.fail("'libs' is no object");
  for (const auto& [name, text] : libs.items()) {
    if (!text.is_string()) return fields.fail("'libs' holds what is no text");
    frame.source.libs.emplace_back(name, text.get<std::string>());
  }
}

void write(JsonWriter& out, const ForgetFrame& frame) { out.key("program").integer(frame.program); }
void read(Fields& fields, ForgetFrame& frame) { frame.program = read_program(fields); }

void write(JsonWriter& out, const DefineFrame& frame) {
  out.key("program").integer(frame.program);
  write_quota(out, frame.quota);
}
void read(Fields& fields, DefineFrame& frame) {
  frame.program = read_program(fields);
  frame.quota = read_quota(fields);
}

void write(JsonWriter& out, const StartFrame& frame) {
  out.key("program").integer(frame.program);
  out.key("definition").integer(frame.definition);
  out.member("function", frame.function);
  out.key("args").json(frame.args);
  write_quota(out, frame.quota);
  out.key("seed").number(frame.seed);
  out.key("wall_us").integer(frame.wall_us);
  write_texts(out, "modules", frame.modules);
  out.member("group", frame.group);
}
void read(Fields& fields, StartFrame& frame) {
  frame.program = read_program(fields);
  frame.definition = fields.integer("definition", 0, 1'000'000);
  frame.function = fields.text("function");
  frame.args = fields.any("args");
  if (!frame.args.is_array()) fields.fail("'args' is no list");
  frame.quota = read_quota(fields);
  frame.seed = fields.bits("seed");
  frame.wall_us = fields.integer("wall_us", 0, kAny);
  frame.modules = fields.texts("modules");
  frame.group = fields.text("group");
}

void write(JsonWriter& out, const AnswerFrame& frame) {
  if (frame.reply.ok) {
    out.key("value").json(frame.reply.value);
  } else {
    out.member("message", frame.reply.message);
  }
}
void read(Fields& fields, AnswerFrame& frame) {
  frame.reply.ok = !fields.has("message");
  if (frame.reply.ok) {
    frame.reply.value = fields.any("value");
  } else {
    frame.reply.message = fields.text("message");
  }
}

void write(JsonWriter&, const CancelFrame&) {}
void read(Fields&, CancelFrame&) {}

void write(JsonWriter& out, const ReadyFrame& frame) {
  out.key("layers").json(to_json(frame.layers));
}
void read(Fields& fields, ReadyFrame& frame) {
  Result<Layers> layers = layers_from_json(fields.any("layers"));
  if (!layers) return fields.fail(layers.error().detail);
  frame.layers = *layers;
}

void write_definition(JsonWriter& out, const Definition& definition) {
  out.open_object().member("kind", definition.kind);
  out.key("fields").json(definition.fields);
  write_texts(out, "functions", definition.functions);
  out.key("line").integer(definition.line).close_object();
}

void write(JsonWriter& out, const DefinedFrame& frame) {
  if (frame.error) {
    out.member("code", name_of(frame.error->code)).member("message", frame.error->detail);
    out.member("place", frame.error->place);
    return;
  }
  out.key("definitions").open_array();
  for (const Definition& definition : frame.definitions) write_definition(out, definition);
  out.close_array();
}

Errc code_of(const std::string& name) {
  if (name == name_of(Errc::exhausted)) return Errc::exhausted;
  return name == name_of(Errc::too_large) ? Errc::too_large : Errc::invalid;
}

void read(Fields& fields, DefinedFrame& frame) {
  if (fields.has("code")) {
    const Errc code = code_of(fields.text("code"));
    const std::string message = fields.text("message");
    frame.error = Error{code, message, fields.text("place")};
    return;
  }
  Json list = fields.any("definitions");
  if (!list.is_array()) return fields.fail("'definitions' is no list");
  for (Json& item : list) {
    Fields inner(std::move(item), "definition");
    Definition& definition = frame.definitions.emplace_back();
    definition.kind = inner.text("kind");
    definition.fields = inner.any("fields");
    if (!definition.fields.is_object()) inner.fail("'fields' is no object");
    definition.functions = inner.texts("functions");
    definition.line = static_cast<int>(inner.integer("line", 0, 100'000'000));
    if (Result<void> done = inner.finish(); !done) return fields.fail(done.error().detail);
  }
}

void write(JsonWriter& out, const AskedFrame& frame) {
  out.member("module", frame.call.module).member("function", frame.call.function);
  out.key("args").json(frame.call.args);
  out.key("cpu_us").integer(frame.cpu_us);
}
void read(Fields& fields, AskedFrame& frame) {
  frame.call.module = fields.text("module");
  frame.call.function = fields.text("function");
  frame.call.args = fields.any("args");
  if (!frame.call.args.is_array()) fields.fail("'args' is no list");
  frame.cpu_us = fields.integer("cpu_us", 0, kUsedMost);
}

void write(JsonWriter& out, const EndedFrame& frame) {
  if (const auto* done = std::get_if<Done>(&frame.end)) {
    out.key("value").json(done->value);
  } else {
    const Failed& failed = std::get<Failed>(frame.end);
    out.key("kind").integer(static_cast<std::int64_t>(failed.kind));
    out.member("message", failed.message).member("place", failed.place);
    out.member("traceback", failed.traceback).member("quota", failed.quota);
  }
  out.key("cpu_us").integer(frame.meter.cpu.count());
  for (const Metered& meter : kMeters) out.key(meter.key).integer(frame.meter.*meter.field);
}
void read(Fields& fields, EndedFrame& frame) {
  if (fields.has("kind")) {
    Failed failed;
    failed.kind = static_cast<Failed::Kind>(
        fields.integer("kind", 0, static_cast<std::int64_t>(Failed::Kind::conversion)));
    failed.message = fields.text("message");
    failed.place = fields.text("place");
    failed.traceback = fields.text("traceback");
    failed.quota = fields.text("quota");
    frame.end = std::move(failed);
  } else {
    frame.end = Done{fields.any("value")};
  }
  frame.meter.cpu = std::chrono::microseconds(fields.integer("cpu_us", 0, kUsedMost));
  for (const Metered& meter : kMeters) {
    frame.meter.*meter.field = fields.integer(meter.key, 0, kUsedMost);
  }
}

void write(JsonWriter& out, const SaidFrame& frame) {
  out.member("text", frame.text);
  if (frame.is_progress) {
    out.key("done").number(frame.done).key("total").number(frame.total);
  } else {
    out.member("level", frame.level);
  }
}
void read(Fields& fields, SaidFrame& frame) {
  frame.text = fields.text("text");
  frame.is_progress = fields.has("done");
  if (frame.is_progress) {
    frame.done = fields.number("done");
    frame.total = fields.number("total");
  } else {
    frame.level = fields.text("level");
  }
}

template <class Frame>
Message encode_any(std::uint32_t call, const Frame& frame) {
  Message message;
  message.type = static_cast<std::uint8_t>(frame.index() + 1);
  message.call = call;
  JsonWriter out(message.body);
  out.open_object();
  std::visit([&](const auto& one) { write(out, one); }, frame);
  out.close_object();
  return message;
}

template <class Frame, std::size_t... I>
Frame frame_at(std::size_t index, std::index_sequence<I...>) {
  Frame frame;
  static_cast<void>(((index == I && (frame.template emplace<I>(), true)) || ...));
  return frame;
}

template <class Frame, std::size_t N>
Result<Frame> decode_any(const Message& message, const std::array<const char*, N>& names) {
  if (message.type == 0 || message.type > N) {
    return Error{Errc::invalid, "no frame has the number " + std::to_string(message.type)};
  }
  const std::size_t index = message.type - 1U;
  JsonLimits limits;
  limits.text_bytes_max = kBodyBytesMax;
  limits.depth_max = 80;  // what a script may nest, and a little
  Result<Json> body = parse_json(message.body, limits);
  if (!body) {
    return Error{body.error().code, std::string("a frame '") + names[index] +
                                        "' is broken: " + body.error().message()};
  }
  Fields fields(std::move(*body), names[index]);
  Frame frame = frame_at<Frame>(index, std::make_index_sequence<N>());
  std::visit([&](auto& one) { read(fields, one); }, frame);
  if (Result<void> done = fields.finish(); !done) return done.error();
  return frame;
}

}  // namespace

Message encode(std::uint32_t call, const ToWorker& frame) { return encode_any(call, frame); }
Message encode(std::uint32_t call, const FromWorker& frame) { return encode_any(call, frame); }

Result<ToWorker> decode_to_worker(const Message& message) {
  return decode_any<ToWorker>(message, kToNames);
}

Result<FromWorker> decode_from_worker(const Message& message) {
  return decode_any<FromWorker>(message, kFromNames);
}

}  // namespace yoke::sandbox
