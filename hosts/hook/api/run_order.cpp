#include "hosts/hook/api/run_order.h"

#include <algorithm>
#include <filesystem>

#include "agents/definition.h"
#include "hosts/app/images.h"
#include "hosts/app/project.h"
#include "hosts/app/webhook_rows.h"
#include "hosts/hook/listed_agent.h"
#include "hosts/hook/session_name.h"
#include "runtime/base/text.h"

namespace yoke {
namespace {

Refusal refused(int status, const char* word, std::string detail, std::string param) {
  Refusal refusal;
  refusal.status = status;
  refusal.title = word;
  refusal.code = word;
  refusal.detail = std::move(detail);
  refusal.param = std::move(param);
  return refusal;
}

Refusal wrong(std::string detail, std::string param) {
  return refused(422, "invalid", std::move(detail), std::move(param));
}

Refusal forbidden(std::string detail, std::string param) {
  return refused(403, "forbidden", std::move(detail), std::move(param));
}

// Addresses alone: files are read by whoever orders, with their own rights.
Result<std::vector<ImagePart>> images_of(const Json& body) {
  std::vector<std::string> names;
  for (const Json& one : member_at(body, "images")) names.push_back(one.get<std::string>());
  return load_images(names);
}

// Commands of the user's own may say several things at once in a session, as a prompt does.
OnBusy on_busy_of(const Json& body, ApiPlace place) {
  const std::string usual = place == ApiPlace::socket ? "beside" : "reject";
  const std::string asked = string_at(body, "on_busy", usual);
  if (asked == "enqueue") return OnBusy::enqueue;
  if (asked == "interrupt") return OnBusy::interrupt;
  return asked == "reject" ? OnBusy::reject : OnBusy::beside;
}

// A command that stands in another project would get other agents than it sees.
std::optional<Refusal> check_project(const Json& body, const Config& config) {
  const std::string project = string_at(body, "project", config.project_dir);
  std::error_code ignored;
  if (std::filesystem::equivalent(project, config.project_dir, ignored)) return std::nullopt;
  return wrong("the running yoke works in the project " + config.project_dir + ", not in " +
                   project + "; leave --detach out",
               "/project");
}

std::optional<Refusal> read_webhook(const Json& body, const Config& config, StartRun& run) {
  const Json& webhook = member_at(body, "webhook");
  if (webhook.is_null()) return std::nullopt;
  Result<Json> checked = check_run_webhook(config.webhooks, run.tenant, webhook);
  if (!checked) return wrong(checked.error().message(), "/webhook");
  run.webhook = std::move(*checked);
  return std::nullopt;
}

std::optional<Refusal> read_words(const Json& body, StartRun& run) {
  run.task = string_at(body, "task");
  const Json& input = member_at(body, "input");
  if (input.is_object()) run.input = input;
  if (input.is_string()) {
    if (!run.task.empty()) {
      return wrong("'input' is a text, which is the task, and 'task' is there too: leave one out",
                   "/input");
    }
    run.task = input.get<std::string>();
  }
  return std::nullopt;
}

// Which of the two names is wrong: without the model there is no other.
Refusal not_chosen(App& app, ProgramChoice choice, const Error& error) {
  const bool named_model = !choice.model.empty();
  choice.model.clear();
  const bool model = named_model && app.choose(choice).has_value();
  return wrong(error.message(), model ? "/model" : "/agent");
}

}  // namespace

OrderRead read_order(const Json& body, const Principal& who, ApiPlace place, const Config& config) {
  RunOrder order;
  order.choice.agent = string_at(body, "agent");
  order.choice.plain = bool_at(body, "plain");
  order.choice.model = string_at(body, "model");
  order.go_on = bool_at(body, "continue");
  order.limits = member_at(body, "limits");
  order.run.model = order.choice.model;
  order.run.session = string_at(body, "session");
  order.run.on_busy = on_busy_of(body, place);
  order.run.tenant = who.tenant;
  order.run.by = who.name;
  if (place == ApiPlace::socket) {
    std::optional<Refusal> elsewhere = check_project(body, config);
    if (elsewhere) return std::move(*elsewhere);
  }
  const Result<void> named = check_session_name(order.run.session);
  if (!named) return wrong(named.error().message(), "/session");
  std::optional<Refusal> untold = read_webhook(body, config, order.run);
  if (untold) return std::move(*untold);
  std::optional<Refusal> idle = read_words(body, order.run);
  if (idle) return std::move(*idle);
  Result<std::vector<ImagePart>> images = images_of(body);
  if (!images) return wrong(images.error().message(), "/images");
  order.run.images = std::move(*images);
  if (!order.run.model.empty() && !may_use_model(who, order.run.model)) {
    return forbidden("this key may not use the model '" + order.run.model + "'", "/model");
  }
  return order;
}

Result<RunLimits> limits_over(const Json& wanted, const RunLimits& defaults) {
  if (wanted.is_string()) return parse_limits(wanted.get<std::string>(), defaults);
  RunLimits limits = defaults;
  if (!wanted.is_object()) return limits;
  for (const auto& [name, value] : wanted.items()) {
    const Result<RunLimits> with = parse_limits(name + "=" + to_text(value), limits);
    if (!with) return with.error();
    limits = *with;
  }
  return limits;
}

std::optional<Refusal> choose_program(App& app, const Principal& who, ApiPlace place,
                                      RunOrder& order) {
  const bool from_socket = place == ApiPlace::socket;
  if (!from_socket && !may_use_agent(who, order.choice.agent)) {
    return forbidden("this key may not use the agent '" + printable(order.choice.agent) + "'",
                     "/agent");
  }
  if (!from_socket) {
    const Result<void> listed = check_listed_agent(app, who, order.choice.agent);
    if (!listed) return wrong(listed.error().message(), "/agent");
  }
  Result<Program> program = app.choose(order.choice);
  if (!program) return not_chosen(app, order.choice, program.error());
  if (!order.limits.is_null()) {
    const Result<RunLimits> limits = limits_over(order.limits, program->agent->spec().limits);
    if (!limits) return wrong(limits.error().message(), "/limits");
    order.run.limits = *limits;
  }
  const bool has_words = !order.run.task.empty() || !order.run.input.empty();
  if (!has_words && program->agent->spec().strategy != "workflow") {
    return wrong("nothing to do: 'task' and 'input' are missing", "/task");
  }
  order.run.program = std::move(*program);
  return std::nullopt;
}

}  // namespace yoke
