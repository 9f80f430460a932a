#include "hosts/eval/eval_set.h"

#include <algorithm>
#include <filesystem>
#include <set>

#include "hosts/app/check_entries.h"
#include "hosts/app/images.h"
#include "hosts/config/read_file.h"
#include "hosts/config/toml_json.h"
#include "runtime/base/text.h"
#include "trials/run_facts.h"

namespace yoke {
namespace {

constexpr std::size_t kEvalCasesMax = 10'000;
constexpr int kRepeatMax = 100;
constexpr int kAtOnceMax = 64;

const std::vector<std::string> kOwnFields = {"agent",  "input",    "group",
                                             "checks", "recorded", "messages"};
const std::vector<std::string> kSettings = {"name",    "agents", "routes", "repeat",
                                            "at_once", "limit",  "limits", "min_pass",
                                            "cases",   "case",   "check"};

Error bad(const std::string& what, const std::string& place) {
  return Error{Errc::invalid, what, place};
}

Result<std::vector<std::string>> names_in(const Json& value, const std::string& field) {
  const std::string needs = "'" + field + "' must be a list of names";
  std::vector<std::string> names;
  if (value.is_null()) return names;
  if (!value.is_array()) return bad(needs, "");
  for (const Json& each : value) {
    if (!each.is_string() || each.get<std::string>().empty()) return bad(needs, "");
    names.push_back(each.get<std::string>());
  }
  return names;
}

// Reads one case's object; what is wrong is said without its place.
class CaseReader {
 public:
  CaseReader(const Json& fields, std::string place) : fields_(fields), place_(std::move(place)) {}

  Result<EvalCase> read() {
    Result<TrialCase> one = case_from_json(with_prompt(), kOwnFields);
    if (!one) return one.error();
    out_.one = std::move(*one);
    out_.one.place = place_;
    for (const auto step :
         {&CaseReader::read_names, &CaseReader::read_input, &CaseReader::read_recorded}) {
      if (Result<void> done = (this->*step)(); !done) return done.error();
    }
    return std::move(out_);
  }

 private:
  // Workflows are given an input and no words: what people are shown is then that.
  Json with_prompt() {
    Json fields = fields_;
    if (!fields.is_object()) return fields;
    out_.task = string_at(fields, "prompt");
    const bool only_input = !fields.contains("prompt") && member_at(fields, "input").is_object();
    if (only_input) fields["prompt"] = to_text(fields["input"]);
    return fields;
  }

  Result<void> read_names() {
    for (const auto& [name, into] :
         {std::pair<const char*, std::string*>{"agent", &out_.agent}, {"group", &out_.one.group}}) {
      const Json& value = member_at(fields_, name);
      if (value.is_null()) continue;
      if (!value.is_string()) return bad("'" + std::string(name) + "' must be a name", "");
      *into = value.get<std::string>();
    }
    return {};
  }

  Result<void> read_input() {
    const Json& input = member_at(fields_, "input");
    if (!input.is_null() && !input.is_object()) {
      return bad("'input' must be an object: the agent's input", "");
    }
    if (!input.is_null()) out_.input = input;
    const Json& messages = member_at(fields_, "messages");
    if (!messages.is_null() && !messages.is_array()) {
      return bad("'messages' must be a list: what was said before", "");
    }
    for (const Json& each : messages) {
      Result<Message> message = message_from_json(each);
      if (!message) return bad("'messages': " + message.error().detail, "");
      out_.messages.push_back(std::move(*message));
    }
    return {};
  }

  Result<void> read_recorded() {
    const Json& recorded = member_at(fields_, "recorded");
    if (recorded.is_null()) return {};
    if (!recorded.is_array()) return bad("'recorded' must be a list of calls", "");
    for (const Json& each : recorded) {
      const Result<RecordedCall> call = recorded_call_from_json(each);
      if (!call) return bad("'recorded': " + call.error().detail, "");
    }
    out_.recorded = recorded;
    return {};
  }

  const Json& fields_;
  const std::string place_;
  EvalCase out_;
};

// Fills a set, one entry after the other.
class SetReader {
 public:
  explicit SetReader(std::string file) : file_(std::move(file)) {}

  Result<EvalSet> finish() {
    if (set_.cases.size() > kEvalCasesMax) return bad("over 10000 cases", file_);
    return std::move(set_);
  }
  EvalSet& set() { return set_; }
  // The file that cases come from now: their images are named as seen from it.
  void set_folder(const std::string& file) { folder_ = std::filesystem::path(file).parent_path(); }

  Result<void> add_case(const Json& fields, const std::string& place, const std::string& id) {
    Result<EvalCase> read = CaseReader(fields, place).read();
    if (!read) return bad(read.error().detail, place);
    TrialCase& one = read->one;
    if (one.id.empty()) one.id = id;
    if (!ids_.insert(one.id).second) {
      return bad("the id '" + one.id + "' is there twice; give each case an id of its own", place);
    }
    if (Result<void> added = add_checks(fields, place, one.id); !added) return added;
    if (Result<void> added = add_images_of(one); !added) return added;
    set_.cases.push_back(std::move(*read));
    return {};
  }

  Result<void> add_lines(const std::string& text, const std::string& file) {
    set_folder(file);
    if (!is_valid_utf8(text)) return bad("it is not valid UTF-8", file);
    int number = 0;
    for (const std::string& raw : split(text, '\n')) {
      ++number;
      const std::string_view line = trim(raw);
      if (line.empty()) continue;
      const std::string place = file + ":" + std::to_string(number);
      const Result<Json> parsed = parse_json(line);
      if (!parsed) return bad(parsed.error().detail, place);
      Result<void> added = add_case(*parsed, place, std::to_string(number));
      if (!added) return added;
    }
    return {};
  }

 private:
  Result<void> add_checks(const Json& fields, const std::string& place, const std::string& id) {
    const Json& checks = member_at(fields, "checks");
    if (!checks.is_null() && !checks.is_array()) {
      return bad("'checks' must be a list such as [{\"contains\": \"…\"}]", place);
    }
    const Json& schema = member_at(fields, "schema");
    if (!schema.is_null()) {
      set_.checks.push_back(
          {CheckText{Json{{"schema", schema}, {"name", "fits its schema"}}, place, {}}, id});
    }
    for (const Json& each : checks) {
      if (!each.is_object()) return bad("'checks': a check is an object", place);
      if (each.contains("alike") || each.contains("only")) {
        return bad("'checks' of a case are its own: write 'alike' and 'only' as a [[check]]",
                   place);
      }
      set_.checks.push_back({CheckText{each, place, {}}, id});
    }
    return {};
  }

  Result<void> add_images_of(TrialCase& one) const {
    std::vector<std::string> names;
    for (const std::string& name : one.images) {
      const bool address = name.find(':') != std::string::npos;
      names.push_back(address ? name : (folder_ / name).string());
    }
    Result<std::vector<ImagePart>> images = load_images(names);
    if (!images) return bad(images.error().message(), one.place);
    for (ImagePart& image : *images) {
      one.request.messages.back().parts.emplace_back(std::move(image));
    }
    return {};
  }

  const std::string file_;
  std::filesystem::path folder_;  // images are named as seen from there
  EvalSet set_;
  std::set<std::string> ids_;
};

// The settings of a TOML set.
class Settings {
 public:
  Settings(const toml::table& table, std::string file) : table_(table), file_(std::move(file)) {}

  std::string place(const toml::node& node) const {
    return file_ + ":" + std::to_string(node.source().begin.line);
  }

  Result<void> read(EvalSet& set) const {
    for (const auto& [key, node] : table_) {
      const std::string name(key.str());
      if (std::find(kSettings.begin(), kSettings.end(), name) == kSettings.end()) {
        return bad("'" + name + "' is not known" + did_you_mean(name, kSettings), place(node));
      }
      if (name == "case" || name == "check" || name == "cases") continue;
      const std::optional<Json> value = json_of(node);
      if (!value) return bad("'" + name + "' holds a value that JSON does not have", place(node));
      if (Result<void> done = take(name, *value, set); !done) {
        return bad(done.error().detail, place(node));
      }
    }
    return {};
  }

 private:
  static Result<int> whole(const std::string& name, const Json& value, int most) {
    const std::int64_t number = value.is_number_integer() ? value.get<std::int64_t>() : 0;
    if (number >= 1 && number <= most) return static_cast<int>(number);
    return bad("'" + name + "' must be a whole number from 1 to " + std::to_string(most), "");
  }

  static Result<void> take(const std::string& name, const Json& value, EvalSet& set) {
    if (name == "agents" || name == "routes") {
      Result<std::vector<std::string>> names = names_in(value, name);
      if (!names) return names.error();
      (name == "agents" ? set.agents : set.routes) = std::move(*names);
      return {};
    }
    if (name == "repeat" || name == "at_once") {
      const Result<int> number = whole(name, value, name == "repeat" ? kRepeatMax : kAtOnceMax);
      if (!number) return number.error();
      (name == "repeat" ? set.repeat : set.at_once) = *number;
      return {};
    }
    if (name == "min_pass") {
      const double share = value.is_number() ? value.get<double>() : -1;
      if (!(share >= 0 && share <= 1)) return bad("'min_pass' must be a share from 0 to 1", "");
      set.min_pass = share;
      return {};
    }
    if (!value.is_string()) return bad("'" + name + "' must be a text", "");
    std::string& into = name == "name" ? set.name : name == "limit" ? set.limit : set.limits;
    into = value.get<std::string>();
    return {};
  }

  const toml::table& table_;
  const std::string file_;
};

Result<void> read_case_files(const toml::table& table, const Settings& settings,
                             const std::string& file, SetReader& reader) {
  const toml::node* node = table.get("cases");
  if (node == nullptr) return {};
  Json listed = json_of(*node).value_or(nullptr);
  if (listed.is_string()) listed = Json::array({listed});
  Result<std::vector<std::string>> names = names_in(listed, "cases");
  if (!names) return bad("'cases' must name files of JSON lines", settings.place(*node));
  for (const std::string& name : *names) {
    const auto path = std::filesystem::path(file).parent_path() / name;
    const Result<std::string> text = read_file(path.string());
    if (!text) return bad("'cases': " + text.error().message(), settings.place(*node));
    if (Result<void> added = reader.add_lines(*text, path.string()); !added) return added;
  }
  return {};
}

Result<void> read_tables(const toml::table& table, const Settings& settings, SetReader& reader) {
  const toml::node* node = table.get("case");
  if (node == nullptr) return {};
  const toml::array* list = node->as_array();
  if (list == nullptr) return bad("a case is written as [[case]]", settings.place(*node));
  int number = 0;
  for (const toml::node& each : *list) {
    const std::optional<Json> fields = json_of(each);
    const std::string place = settings.place(each);
    if (!fields) return bad("the case holds a value that JSON does not have", place);
    Result<void> added = reader.add_case(*fields, place, std::to_string(++number));
    if (!added) return added;
  }
  return {};
}

Result<EvalSet> parse_toml_set(const std::string& text, const std::string& file) {
  const toml::parse_result parsed = toml::parse(text, file);
  if (!parsed) {
    const toml::parse_error& error = parsed.error();
    return bad(std::string(error.description()),
               file + ":" + std::to_string(error.source().begin.line));
  }
  const toml::table& table = parsed.table();
  const Settings settings(table, file);
  SetReader reader(file);
  if (Result<void> read = settings.read(reader.set()); !read) return read.error();
  if (Result<void> read = read_case_files(table, settings, file, reader); !read) {
    return read.error();
  }
  reader.set_folder(file);
  if (Result<void> read = read_tables(table, settings, reader); !read) return read.error();
  if (const toml::node* node = table.get("check")) {
    Result<std::vector<CheckText>> entries = check_entries(*node, file);
    if (!entries) return entries.error();
    for (CheckText& entry : *entries) reader.set().checks.push_back({std::move(entry), ""});
  }
  return reader.finish();
}

}  // namespace

std::string title_of(const EvalSubject& subject) {
  const std::string agent =
      subject.agent.empty() && subject.of_cases ? "each case's agent" : subject.agent;
  if (agent.empty()) return subject.route;
  return subject.route.empty() ? agent : agent + " on " + subject.route;
}

Result<EvalSet> parse_eval_set(const std::string& text, const std::string& file) {
  Result<EvalSet> set = EvalSet();
  if (trim(text).starts_with("{")) {
    SetReader reader(file);
    if (Result<void> read = reader.add_lines(text, file); !read) return read.error();
    set = reader.finish();
  } else {
    set = parse_toml_set(text, file);
  }
  if (set && set->name.empty()) set->name = std::filesystem::path(file).stem().string();
  return set;
}

Result<EvalSet> read_eval_file(const std::string& file) {
  const Result<std::string> text = read_file(file);
  if (!text) return text.error();
  return parse_eval_set(*text, file);
}

std::vector<EvalSubject> subjects_of(const EvalSet& set) {
  std::vector<std::string> agents = set.agents;
  std::vector<std::string> routes = set.routes;
  const bool own = std::any_of(set.cases.begin(), set.cases.end(),
                               [](const EvalCase& each) { return !each.agent.empty(); });
  if (agents.empty() && routes.empty() && !own) routes.push_back("default");
  if (agents.empty()) agents.emplace_back();
  if (routes.empty()) routes.emplace_back();
  std::vector<EvalSubject> subjects;
  for (const std::string& agent : agents) {
    for (const std::string& route : routes) subjects.push_back({agent, route, own});
  }
  return subjects;
}

Result<std::string> lines_of(const std::vector<EvalCase>& cases) {
  std::string text;
  for (const EvalCase& each : cases) {
    const TrialCase& one = each.one;
    if (one.request.messages.size() != 1 || one.request.messages.back().parts.size() != 1) {
      return bad("case '" + one.id +
                     "' has images or a history of tools, which a line of a data "
                     "set cannot hold: take it with --from-runs each time",
                 "");
    }
    Json line{{"id", one.id}, {"input", each.input}};
    if (!each.task.empty()) line["prompt"] = each.task;
    if (!each.agent.empty()) line["agent"] = each.agent;
    if (!one.expected.is_null()) line["expected"] = one.expected;
    if (!each.recorded.is_null()) line["recorded"] = each.recorded;
    if (!one.request.instructions.empty()) line["system"] = one.request.instructions;
    for (const Message& message : each.messages) line["messages"].push_back(to_json(message));
    text += to_text(line) + "\n";
  }
  return text;
}

}  // namespace yoke
