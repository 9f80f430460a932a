#include "hosts/control/order.h"
#include "hosts/app/images.h"

#include <array>
#include <filesystem>

#include "agents/definition.h"
#include "runtime/base/text.h"

namespace yoke {
namespace {

struct Field {
  const char* name;
  const char* type;  // as JSON names it
};

constexpr std::array<Field, 11> kFields = {{{"agent", "string"},
                                            {"plain", "boolean"},
                                            {"task", "string"},
                                            {"input", "object"},
                                            {"images", "array"},
                                            {"limits", "string"},
                                            {"session", "string"},
                                            {"continue", "boolean"},
                                            {"model", "string"},
                                            {"project", "string"},
                                            {"by", "string"}}};

Result<void> check_field(const std::string& name, const Json& value) {
  std::vector<std::string> names;
  for (const Field& field : kFields) {
    names.emplace_back(field.name);
    if (name != field.name) continue;
    if (std::string_view(value.type_name()) == field.type) return {};
    return Error{Errc::invalid, "'" + name + "' must be of type " + field.type};
  }
  return Error{Errc::invalid,
               "the running yoke knows no '" + name + "' of a run" + did_you_mean(name, names)};
}

// Addresses alone: files are read by whoever orders, with their own rights.
Result<std::vector<ImagePart>> images_of(const Json& list) {
  std::vector<std::string> names;
  for (const Json& one : list) {
    const std::string name = one.is_string() ? one.get<std::string>() : std::string();
    const bool address =
        name.starts_with("data:") || name.starts_with("http://") || name.starts_with("https://");
    if (!address) return Error{Errc::invalid, "'images' holds data:, http: or https: addresses"};
    names.push_back(name);
  }
  return load_images(names);
}

}  // namespace

Result<void> check_order(const Json& body, const Config& config) {
  if (!body.is_object()) return Error{Errc::invalid, "the body must be a JSON object"};
  for (const auto& [name, value] : body.items()) {
    const Result<void> field = check_field(name, value);
    if (!field) return field.error();
  }
  const std::string project = string_at(body, "project", config.project_dir);
  std::error_code ignored;
  if (!std::filesystem::equivalent(project, config.project_dir, ignored)) {
    return Error{Errc::invalid, "the running yoke works in the project " + config.project_dir +
                                    ", not in " + project + "; leave --detach out"};
  }
  return {};
}

Result<StartRun> run_of(App& app, const Json& body) {
  StartRun run;
  run.task = string_at(body, "task");
  run.session = string_at(body, "session");
  run.model = string_at(body, "model");
  run.by = string_at(body, "by", "local");
  if (body.contains("input")) run.input = body["input"];
  if (run.task.empty() && run.input.empty()) {
    return Error{Errc::invalid, "nothing to do: 'task' and 'input' are missing"};
  }
  Result<std::vector<ImagePart>> images = images_of(member_at(body, "images"));
  if (!images) return images.error();
  run.images = std::move(*images);
  const ProgramChoice choice{string_at(body, "agent"), bool_at(body, "plain"), run.model};
  Result<Program> program = app.choose(choice);
  if (!program) return program.error();
  const std::string text = string_at(body, "limits");
  if (!text.empty()) {
    const Result<RunLimits> limits = parse_limits(text, program->agent->spec().limits);
    if (!limits) return limits.error();
    run.limits = *limits;
  }
  run.program = std::move(*program);
  return run;
}

}  // namespace yoke
