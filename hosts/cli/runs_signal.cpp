#include "hosts/app/app.h"
#include "hosts/app/idem_key.h"
#include "hosts/cli/commands.h"
#include "hosts/cli/support.h"
#include "hosts/control/client.h"
#include "runtime/base/text.h"
#include "runtime/engine/signals.h"

// yoke runs signal: sends a run what a script in it waits for. Where another process holds the
// store, it is asked to.
namespace yoke {
namespace {

Result<Json> data_of(const RunsOptions& options) {
  if (!options.data) return Json(nullptr);
  Result<Json> data = parse_json(*options.data);
  if (data) return data;
  return Error{Errc::invalid,
               "--data: " + data.error().message() + "; a text is written with its quotes"};
}

Result<void> check_order(const RunsOptions& options) {
  const Result<void> name = check_signal_name(options.signal);
  if (!name) return name.error();
  if (!options.key) return {};
  const Result<void> key = check_idem_key(*options.key);
  if (key) return {};
  return Error{Errc::invalid, "--key " + key.error().detail};
}

// Whether the run was waiting for it is said, since a name is easily mistyped.
std::string sent_text(const std::string& name, const Json& sent) {
  const std::string shown = "'" + printable(name) + "'";
  if (bool_at(sent, "repeated")) {
    return "the signal " + shown + " was sent under this key before, by " +
           printable(string_at(sent, "by")) + " at " + string_at(sent, "at");
  }
  std::vector<std::string> others;
  for (const Json& each : member_at(sent, "awaited")) {
    if (each == Json(name)) return "signalled " + shown;
    others.push_back("'" + printable(each.get<std::string>()) + "'");
  }
  const std::string instead = others.empty() ? "it does not wait for it now"
                                             : "it waits for " + join(others, ", ") + " now";
  return "kept the signal " + shown + " until the run comes to it: " + instead;
}

Json sent_json(const std::string& name, const SentSignal& sent) {
  return Json{{"run", sent.posted.winner.run_id}, {"signal", name},
              {"by", sent.posted.winner.by},      {"at", to_iso8601(sent.posted.winner.at)},
              {"repeated", !sent.posted.first},   {"awaited", sent.awaited}};
}

int say_sent(Terminal& terminal, const Json& sent, const std::string& text, bool json) {
  if (json) terminal.out(to_text(sent) + "\n");
  terminal.line(text);
  return kExitCompleted;
}

awaitable<int> signal(App& app, Terminal& terminal, RunsOptions options, Json data, bool json) {
  if (const int wrong = refuse_settings(terminal, app); wrong != kExitCompleted) co_return wrong;
  Result<std::string> id = co_await find_run(app.store(), options.id);
  if (!id) co_return fail(terminal, id.error());
  SendSignal order;
  order.run_id = *id;
  order.name = options.signal;
  order.value = std::move(data);
  order.by = user_name();
  if (options.key) order.key = idem_key_of(order.by, *options.key);
  const Result<SentSignal> sent = co_await app.engine().signal(std::move(order));
  // The place is for programs: a person is told of the key in words.
  if (!sent) co_return fail(terminal, Error{sent.error().code, sent.error().detail});
  const Json told = sent_json(options.signal, *sent);
  co_return say_sent(terminal, told,
                     sent_text(options.signal, told) + "; go on with: yoke runs resume " + *id,
                     json);
}

}  // namespace

int runs_signal(const CommonOptions& common, const RunsOptions& options) {
  Terminal terminal(common.color);
  const Result<void> sound = check_order(options);
  if (!sound) return fail(terminal, sound.error());
  Result<Json> data = data_of(options);
  if (!data) return fail(terminal, data.error());
  const RunSignal order{options.id, options.signal, *data, options.key.value_or("")};
  const std::optional<Result<Json>> done = signal_over_socket(common, order);
  if (done && !*done) return fail(terminal, done->error());
  if (done) return say_sent(terminal, **done, sent_text(options.signal, **done), common.json);
  return with_app(common, "", StoreUse::write, [&](App& app, Terminal& out) {
    return signal(app, out, options, std::move(*data), common.json);
  });
}

}  // namespace yoke
