#include "hosts/hook/webhooks/inbound.h"

#include <algorithm>
#include <array>

#include "hosts/app/project.h"
#include "runtime/engine/signals.h"
#include "tools/script_files.h"

namespace yoke {
namespace {

constexpr std::chrono::milliseconds kToleranceMax = std::chrono::hours(24);

class NoContext final : public CallContext {
 public:
  void progress(double, double, std::string_view) override {}
  void log(std::string_view, std::string_view) override {}
};

// Reads one [hooks.NAME] and says where what is wrong stands.
class HookReader {
 public:
  HookReader(App& app, const std::string& name, const HookConfig& config)
      : app_(app), name_(name), config_(config) {}

  Result<Inbound> read() {
    Inbound hook;
    hook.name = name_;
    hook.agent = config_.agent;
    hook.session = config_.session;
    hook.tenant = config_.tenant;
    hook.events = config_.events;
    if (Result<void> done = read_scheme(hook); !done) return done.error();
    if (Result<void> done = read_keys(hook); !done) return done.error();
    if (Result<void> done = check_session_pattern(config_.session); !done) {
      return wrong(".session", done.error());
    }
    ProgramChoice choice;
    choice.agent = config_.agent;
    if (Result<Program> program = app_.choose(choice); !program) {
      return wrong(".agent", program.error());
    }
    if (!config_.map.empty()) {
      if (Result<void> done = read_map(hook); !done) return done.error();
    }
    return hook;
  }

 private:
  Error wrong(const std::string& key, const Error& error) const {
    return Error{error.code == Errc::not_found ? Errc::invalid : error.code,
                 "hooks." + name_ + key + ": " + error.message(),
                 place_in(app_.config(), config_.line)};
  }

  Result<void> read_scheme(Inbound& hook) const {
    const Result<HookScheme> scheme = hook_scheme_from_name(config_.scheme);
    if (!scheme) return wrong(".scheme", scheme.error());
    hook.scheme = *scheme;
    if (!config_.tolerance) return {};
    if (*config_.tolerance > kToleranceMax) {
      return wrong(".tolerance", Error{Errc::invalid, "more than a day is no protection"});
    }
    hook.tolerance = std::chrono::ceil<std::chrono::seconds>(*config_.tolerance);
    return {};
  }

  Result<void> read_keys(Inbound& hook) const {
    for (const std::string& reference : config_.secrets) {
      Result<std::string> text = resolve_reference(app_.config(), reference);
      if (!text) return wrong(".secret", text.error());
      Result<HookKey> key = hook_key(hook.scheme, Secret(std::move(*text)));
      if (!key) return wrong(".secret: '" + reference + "'", key.error());
      if (key->kind == HookKey::Kind::ed25519_secret) {
        return wrong(".secret: '" + reference + "'",
                     Error{Errc::invalid, "\"whsk_\" is the sender's own: name the \"whpk_\" key"});
      }
      hook.keys.push_back(std::move(*key));
    }
    if (!hook.keys.empty()) return {};
    return wrong("", Error{Errc::invalid, "has no secret: anybody could start its agent"});
  }

  Result<void> read_map(Inbound& hook) const {
    Result<ScriptSource> source = read_script(app_.config().project_dir, config_.map);
    if (!source) return wrong(".map", source.error());
    if (Result<void> one = require_hook(*source, app_.scripts()); !one) {
      return wrong(".map", one.error());
    }
    hook.map = std::make_shared<const ScriptSource>(std::move(*source));
    return {};
  }

  App& app_;
  const std::string& name_;
  const HookConfig& config_;
};

std::string wrong_return(const std::string& script, const std::string& what) {
  return script + ": run returned " + what +
         "; it returns { task = …, input = …, session = …, reply = … }, { signal = … }, "
         "{ skip = true } or nil";
}

// Texts as Lua has them; one that is absent leaves what was there.
Result<void> take_text(const Json& said, const char* key, const std::string& script,
                       std::string& to) {
  const Json& value = member_at(said, key);
  if (value.is_null()) return {};
  if (!value.is_string()) {
    return Error{Errc::invalid,
                 wrong_return(script, "a '" + std::string(key) + "' that is no text")};
  }
  to = value.get<std::string>();
  return {};
}

constexpr std::array<std::string_view, 5> kSignalKeys = {"signal", "run", "session", "value",
                                                         "reply"};

Error wrong_signal(const std::string& script, const std::string& what) {
  return Error{Errc::invalid, script + ": run returned " + what +
                                  "; a signal is { signal = NAME, run = ID or session = NAME, "
                                  "value = …, reply = … }"};
}

// As text, or a number: what a payload has as an id.
Result<std::string> named(const Json& said, const char* key, const std::string& script) {
  const Json& value = member_at(said, key);
  if (value.is_null()) return std::string();
  if (value.is_string()) return value.get<std::string>();
  return wrong_signal(script, "a '" + std::string(key) + "' that is no text");
}

Result<HookSignal> hook_signal_of(const Json& said, const std::string& script) {
  for (const auto& [key, value] : said.items()) {
    const bool known = std::find(kSignalKeys.begin(), kSignalKeys.end(), key) != kSignalKeys.end();
    if (!known) return wrong_signal(script, "'" + key + "' beside a signal");
  }
  HookSignal signal;
  for (const auto& [key, to] : {std::pair{"signal", &signal.name}, std::pair{"run", &signal.run},
                                std::pair{"session", &signal.session}}) {
    Result<std::string> text = named(said, key, script);
    if (!text) return text.error();
    *to = std::move(*text);
  }
  if (!signal.run.empty() && !signal.session.empty()) {
    return wrong_signal(script, "a signal to a 'run' and to a 'session'");
  }
  const Result<void> sound = check_signal_name(signal.name);
  if (!sound) return wrong_signal(script, "a signal whose name is none: " + sound.error().detail);
  signal.value = member_at(said, "value");
  return signal;
}

}  // namespace

Result<Inbounds> read_inbounds(App& app) {
  Inbounds all;
  for (const auto& [name, config] : app.config().hooks) {
    Result<Inbound> hook = HookReader(app, name, config).read();
    if (!hook) return hook.error();
    all.emplace(name, std::move(*hook));
  }
  return all;
}

Result<void> require_hook(const ScriptSource& source, ScriptHost& scripts) {
  const Result<std::vector<ScriptDefinition>> defined = scripts.define(source);
  if (!defined) return defined.error();
  const bool one = defined->size() == 1 && defined->front().kind == "hook" &&
                   defined->front().functions == std::vector<std::string>{"run"};
  if (one) return {};
  return Error{Errc::invalid, source.name + " must return hook { run = function(delivery) … end }"};
}

Result<Mapped> mapped_of(const ToolOutcome& outcome, const std::string& script, HookStart plain) {
  if (outcome.outcome != Outcome::ok) {
    return Error{Errc::invalid, script + ": " + outcome.message};
  }
  const Json& said = outcome.value;
  Mapped mapped;
  mapped.start = std::move(plain);
  mapped.skip = said.is_null() || bool_at(said, "skip");
  if (mapped.skip) return mapped;
  if (!said.is_object()) return Error{Errc::invalid, wrong_return(script, "no table")};
  if (said.contains("signal")) {
    Result<HookSignal> signal = hook_signal_of(said, script);
    if (!signal) return signal.error();
    mapped.start.session = signal->session;
    mapped.signal = std::move(*signal);
    if (auto done = take_text(said, "reply", script, mapped.reply); !done) return done.error();
    return mapped;
  }
  for (const auto& [key, value] : said.items()) {
    const bool known =
        key == "task" || key == "input" || key == "session" || key == "reply" || key == "skip";
    if (!known) return Error{Errc::invalid, wrong_return(script, "the unknown key '" + key + "'")};
  }
  if (auto done = take_text(said, "task", script, mapped.start.task); !done) return done.error();
  if (auto done = take_text(said, "session", script, mapped.start.session); !done) {
    return done.error();
  }
  if (auto done = take_text(said, "reply", script, mapped.reply); !done) return done.error();
  const Json& input = member_at(said, "input");
  // A task of its own says what is to be known.
  if (input.is_null() && said.contains("task")) mapped.start.input = Json::object();
  if (input.is_array() && input.empty()) {
    mapped.start.input = Json::object();  // what an empty table of Lua is taken for
  } else if (input.is_object()) {
    mapped.start.input = input;
  } else if (!input.is_null()) {
    return Error{Errc::invalid, wrong_return(script, "an 'input' that is no table of names")};
  }
  return mapped;
}

awaitable<Result<Mapped>> map_delivery(std::shared_ptr<const ScriptSource> map, Json delivery,
                                       HookStart plain, ScriptHost& scripts, Deadline until) {
  ScriptCall call;
  call.function = "run";
  call.args.push_back(std::move(delivery));
  call.identity.call_id = "hook";
  call.identity.deadline = until;
  NoContext context;
  const std::string script = map->name;
  auto called = scripts.call(std::move(map), std::move(call), context);
  const ToolOutcome outcome = co_await std::move(called);
  co_return mapped_of(outcome, script, std::move(plain));
}

}  // namespace yoke
