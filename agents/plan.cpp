#include "agents/plan.h"

#include <algorithm>
#include <cctype>

#include "runtime/base/text.h"

namespace yoke {
namespace {

constexpr std::int64_t kRetriesMax = 3;
const std::vector<std::string> kStepFields = {"id",   "tool",  "agent", "inputs",
                                              "task", "needs", "why",   "retries"};

Error bad_plan(const std::string& why) { return Error{Errc::invalid, "the plan: " + why}; }

bool begins_name(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_'; }
bool is_name_char(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }
bool is_id_char(char c) { return is_name_char(c) || c == '-'; }

// The id at the start of a text; empty where there is none.
std::string_view id_at(std::string_view text) {
  if (text.empty() || !begins_name(text.front())) return {};
  std::size_t size = 1;
  while (size < text.size() && is_id_char(text[size])) ++size;
  return text.substr(0, size);
}

bool is_whole_reference(std::string_view text) {
  if (!text.starts_with('$') || id_at(text.substr(1)).empty()) return false;
  return std::all_of(text.begin() + 1, text.end(),
                     [](char c) { return is_id_char(c) || c == '.'; });
}

void find_references(std::string_view text, std::vector<std::string>& out) {
  if (is_whole_reference(text)) return out.emplace_back(id_at(text.substr(1))), void();
  for (std::size_t at = text.find("${"); at != std::string_view::npos;
       at = text.find("${", at + 2)) {
    const std::string_view id = id_at(text.substr(at + 2));
    if (!id.empty()) out.emplace_back(id);
  }
}

void find_in(const Json& value, std::vector<std::string>& out) {
  if (value.is_string()) find_references(value.get_ref<const std::string&>(), out);
  if (value.is_structured()) {
    for (const Json& each : value) find_in(each, out);
  }
}

std::string as_vendors_see(std::string name) {
  std::replace_if(
      name.begin(), name.end(), [](char c) { return c == '.' || c == ':'; }, '_');
  return name;
}

// The name among `known` that is meant; models write dots as vendors want them.
const std::string* meant(const std::string& name, const std::vector<std::string>& known) {
  const auto same = std::find(known.begin(), known.end(), name);
  if (same != known.end()) return &*same;
  const auto alike = std::find_if(known.begin(), known.end(), [&](const std::string& each) {
    return as_vendors_see(each) == as_vendors_see(name);
  });
  return alike == known.end() ? nullptr : &*alike;
}

using Steps = std::map<std::string, Json*>;

Result<void> name_target(Json& step, const PlanScope& scope) {
  const std::string where = "step '" + string_at(step, "id") + "'";
  const bool is_tool = step.contains("tool");
  if (is_tool == step.contains("agent")) {
    return bad_plan(where + " names one thing to do: a tool, or an agent");
  }
  const char* const key = is_tool ? "tool" : "agent";
  if (!step[key].is_string()) return bad_plan(where + ": '" + key + "' must be a name");
  std::string name = step[key].get<std::string>();
  if (!is_tool && name.starts_with("agent:")) name.erase(0, 6);
  const std::vector<std::string>& known = is_tool ? scope.tools : scope.agents;
  const std::string* found = meant(name, known);
  if (found == nullptr) {
    return bad_plan(where + ": there is no " + key + " '" + shorten(printable(name), 60) + "'" +
                    did_you_mean(name, known));
  }
  step[key] = *found;
  return {};
}

Result<void> check_step(Json& step, const PlanScope& scope) {
  if (!step.is_object()) return bad_plan("a step must be an object with an id");
  const std::string id = string_at(step, "id");
  if (id.empty() || id_at(id) != id || id.size() > 40) {
    return bad_plan("step '" + shorten(printable(id), 40) +
                    "': an id has letters, digits, _ and -, begins with a letter, and at most 40");
  }
  const std::string where = "step '" + id + "'";
  if (id == "input" || id == "task") return bad_plan(where + ": this id stands for the run's own");
  for (const auto& [name, value] : step.items()) {
    if (std::find(kStepFields.begin(), kStepFields.end(), name) == kStepFields.end()) {
      return bad_plan(where + ": '" + shorten(printable(name), 40) + "' is no field of a step" +
                      did_you_mean(name, kStepFields));
    }
  }
  if (Result<void> named = name_target(step, scope); !named) return named;
  if (!step.contains("inputs") || step["inputs"].is_null()) step["inputs"] = Json::object();
  if (step["inputs"].is_array() && step["inputs"].empty()) step["inputs"] = Json::object();
  if (!step["inputs"].is_object()) return bad_plan(where + ": 'inputs' must be an object");
  if (step.contains("task") && !step["task"].is_string()) {
    return bad_plan(where + ": 'task' must be a text");
  }
  const Json& retries = member_at(step, "retries");
  const bool is_count = retries.is_number_integer() && retries.get<std::int64_t>() >= 0 &&
                        retries.get<std::int64_t>() <= kRetriesMax;
  if (!retries.is_null() && !is_count) {
    return bad_plan(where + ": 'retries' is a whole number from 0 to " +
                    std::to_string(kRetriesMax));
  }
  return {};
}

// Sets the step's needs: what it says, and what it refers to.
Result<void> settle_needs(Json& step, const Steps& steps, const PlanScope& scope) {
  const std::string where = "step '" + string_at(step, "id") + "'";
  std::vector<std::string> ids;
  for (const auto& [id, other] : steps) ids.push_back(id);
  std::set<std::string> needs;
  const Json given = member_at(step, "needs");
  if (!given.is_null() && !given.is_array()) return bad_plan(where + ": 'needs' must be a list");
  for (const Json& each : given) {
    const std::string need = each.is_string() ? each.get<std::string>() : to_text(each);
    if (scope.known.contains(need) && !steps.contains(need)) continue;
    if (!steps.contains(need)) {
      return bad_plan(where + " needs '" + shorten(printable(need), 40) +
                      "', which is no step of it" + did_you_mean(need, ids));
    }
    needs.insert(need);
  }
  for (const std::string& id :
       references_in(Json::array({step["inputs"], member_at(step, "task")}))) {
    if (steps.contains(id)) {
      needs.insert(id);
    } else if (id != "input" && id != "task" && !scope.known.contains(id)) {
      return bad_plan(where + " refers to '$" + shorten(id, 40) + "', which is no step of it" +
                      did_you_mean(id, ids));
    }
  }
  step["needs"] = needs;
  return {};
}

// The ids of steps that wait for each other, in order; empty: there are none.
std::vector<std::string> cycle_in(const Steps& steps) {
  std::map<std::string, int> seen;  // 1: on the path, 2: done
  std::vector<std::string> path;
  const auto visit = [&](const auto& self, const std::string& id) -> bool {
    if (seen[id] == 2) return false;
    path.push_back(id);
    if (seen[id] == 1) return true;
    seen[id] = 1;
    for (const Json& need : (*steps.at(id))["needs"]) {
      if (self(self, need.get<std::string>())) return true;
    }
    seen[id] = 2;
    path.pop_back();
    return false;
  };
  for (const auto& [id, step] : steps) {
    if (!visit(visit, id)) continue;
    path.erase(path.begin(), std::find(path.begin(), path.end(), path.back()));
    return path;
  }
  return {};
}

}  // namespace

std::vector<std::string> references_in(const Json& value) {
  std::vector<std::string> ids;
  find_in(value, ids);
  return ids;
}

Result<Json> checked_plan(const Json& plan, const PlanScope& scope) {
  Json out = plan;
  if (!out.is_object() || !member_at(out, "steps").is_array() || out["steps"].empty()) {
    return bad_plan("it must be an object with \"steps\", a list of at least one");
  }
  if (out["steps"].size() > kPlanStepsMax) {
    return bad_plan("it has " + std::to_string(out["steps"].size()) + " steps, at most " +
                    std::to_string(kPlanStepsMax));
  }
  Steps steps;
  for (Json& step : out["steps"]) {
    if (Result<void> checked = check_step(step, scope); !checked) return checked.error();
    if (!steps.emplace(string_at(step, "id"), &step).second) {
      return bad_plan("there are two steps '" + string_at(step, "id") + "'");
    }
  }
  for (const auto& [id, step] : steps) {
    if (Result<void> settled = settle_needs(*step, steps, scope); !settled) return settled.error();
  }
  const std::vector<std::string> cycle = cycle_in(steps);
  if (!cycle.empty()) return bad_plan("its steps wait for each other: " + join(cycle, " -> "));
  return Result<Json>(boost::system::in_place_value, std::move(out));
}

Json plan_schema() {
  const Json text{{"type", "string"}};
  const Json step{{"type", "object"},
                  {"properties",
                   {{"id", text},
                    {"tool", text},
                    {"agent", text},
                    {"inputs", {{"type", "object"}}},
                    {"task", text},
                    {"needs", {{"type", "array"}, {"items", text}}},
                    {"why", text},
                    {"retries", {{"type", "integer"}}}}},
                  {"required", Json::array({"id"})}};
  return Json{{"type", "object"},
              {"properties",
               {{"goal", text}, {"why", text}, {"steps", {{"type", "array"}, {"items", step}}}}},
              {"required", Json::array({"steps"})}};
}

}  // namespace yoke
