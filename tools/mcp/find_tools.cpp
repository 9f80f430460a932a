#include "tools/mcp/find_tools.h"

#include <algorithm>
#include <map>

#include "runtime/base/hash.h"
#include "runtime/base/text.h"

namespace yoke::mcp {
namespace {

constexpr std::string_view kMcpKind = "mcp:";
constexpr int kFoundUsual = 8;
constexpr int kFoundMax = 25;
constexpr std::size_t kShownDescription = 240;
constexpr int kNamed = 4;      // what a word in a name counts
constexpr int kDescribed = 1;  // and in a description

std::string server_in(const std::string& tool) {
  const std::size_t from = kMcpKind.size();
  return tool.substr(from, tool.find('.') - from);
}

bool is_among_names(const std::vector<std::string>& names, const std::string& name) {
  return std::ranges::find(names, name) != names.end();
}

// Lower-case runs of letters and digits; what is no ASCII stays together with its word.
std::vector<std::string> words_in(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  char before = ' ';
  const auto end = [&] {
    if (!word.empty()) words.push_back(std::exchange(word, {}));
  };
  for (const char c : text) {
    const bool upper = c >= 'A' && c <= 'Z';
    const bool kept = upper || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                      (static_cast<unsigned char>(c) & 0x80) != 0;
    if (!kept || (upper && before >= 'a' && before <= 'z')) end();  // "readFile" is two
    if (kept) word += upper ? static_cast<char>(c - 'A' + 'a') : c;
    before = c;
  }
  end();
  return words;
}

// "file" is found by "files", and the other way round.
bool is_same_word(const std::string& a, const std::string& b) {
  const std::string& longer = a.size() < b.size() ? b : a;
  const std::string& shorter = a.size() < b.size() ? a : b;
  if (shorter.size() < 3) return longer == shorter;
  return longer.starts_with(shorter) && longer.size() - shorter.size() <= 3;
}

int count_of(const std::vector<std::string>& wanted, const std::vector<std::string>& words,
             int worth) {
  int sum = 0;
  for (const std::string& each : wanted) {
    const bool there = std::ranges::any_of(
        words, [&](const std::string& word) { return is_same_word(each, word); });
    sum += there ? worth : 0;
  }
  return sum;
}

struct Sought {
  std::string name;
  std::string description;
  std::vector<std::string> name_words;
  std::vector<std::string> words;
};

class FindTools final : public Tool {
 public:
  explicit FindTools(const std::vector<const ToolSpec*>& deferred) {
    std::map<std::string, int> servers;
    Hasher hasher;
    for (const ToolSpec* spec : deferred) {
      const std::string shown = spec->name.substr(kMcpKind.size());
      sought_.push_back({spec->name, shorten(printable(spec->description), kShownDescription),
                         words_in(shown), words_in(spec->description)});
      ++servers[server_in(spec->name)];
      hasher.field(spec->name).field(spec->description);
    }
    std::vector<std::string> counts;
    for (const auto& [server, count] : servers) {
      counts.push_back(server + " (" + std::to_string(count) + ")");
    }
    spec_.name = std::string(kFindTools);
    spec_.description =
        "Looks for more tools by words in their names and descriptions. What is found can be "
        "called from then on. There are tools of: " +
        join(counts, ", ") + ".";
    const Json words = {{"type", "string"},
                        {"minLength", 1},
                        {"description", "What the tool should do, in a few words."}};
    const Json limit = {{"type", "integer"}, {"minimum", 1}, {"maximum", kFoundMax}};
    spec_.input_schema = {{"type", "object"},
                          {"properties", {{"words", words}, {"limit", limit}}},
                          {"required", Json::array({"words"})},
                          {"additionalProperties", false}};
    spec_.effect = Effect::read;
    spec_.origin = "mcp";
    spec_.source_hash = to_hex(hasher.finish());
  }

  const ToolSpec& spec() const override { return spec_; }

  Result<Json> check(const Json& args) const override {
    const Json& words = member_at(args, "words");
    const Json& limit = member_at(args, "limit");
    if (!words.is_string() || words_in(words.get_ref<const std::string&>()).empty()) {
      return Error{Errc::invalid, "at /words: expected words to look for"};
    }
    const bool fits =
        limit.is_null() || (limit.is_number_integer() && limit >= 1 && limit <= kFoundMax);
    if (fits) return args;
    return Error{Errc::invalid, "at /limit: expected 1 to " + std::to_string(kFoundMax)};
  }

  awaitable<ToolOutcome> call(ToolRequest request, CallContext&) override {
    ToolOutcome outcome;
    // It says what a list of the tools would have said, which nothing is marked by either.
    outcome.label = join(request.label, kTrustedPrivate);
    outcome.value =
        found(string_at(request.args, "words"), request.args.value("limit", kFoundUsual));
    co_return outcome;
  }

  awaitable<ProbeOutcome> probe(ToolRequest, CallContext&) override { co_return ProbeOutcome{}; }

 private:
  Json found(const std::string& text, int limit) const {
    std::vector<std::string> wanted = words_in(text);
    const auto is_letter = [](const std::string& word) { return word.size() == 1; };
    if (!std::ranges::all_of(wanted, is_letter)) std::erase_if(wanted, is_letter);  // "a"
    std::vector<std::pair<int, const Sought*>> all;
    for (const Sought& each : sought_) {
      const int score =
          count_of(wanted, each.name_words, kNamed) + count_of(wanted, each.words, kDescribed);
      if (score > 0) all.emplace_back(score, &each);
    }
    std::ranges::stable_sort(all, [](const auto& a, const auto& b) { return a.first > b.first; });
    Json tools = Json::array();
    for (const auto& [score, each] : all) {
      if (static_cast<int>(tools.size()) == limit) break;
      tools.push_back({{"name", each->name}, {"description", each->description}});
    }
    Json value{{"tools", std::move(tools)}};
    const int more = static_cast<int>(all.size()) - static_cast<int>(value["tools"].size());
    if (more > 0) value["more"] = more;
    if (all.empty()) value["note"] = "nothing fits; try other words";
    return value;
  }

  std::vector<Sought> sought_;  // by name
  ToolSpec spec_;
};

// Another set's tools and the one that looks for some of them.
class SetWithFinder final : public ToolSet {
 public:
  SetWithFinder(std::shared_ptr<const ToolSet> tools, const std::vector<const ToolSpec*>& deferred)
      : tools_(std::move(tools)), finder_(deferred) {}

  Tool* find(std::string_view name) const override {
    return name == kFindTools ? &finder_ : tools_->find(name);
  }
  std::vector<const ToolSpec*> list() const override {
    std::vector<const ToolSpec*> specs = tools_->list();
    const ToolSpec* own = &finder_.spec();
    const auto place =
        std::ranges::find_if(specs, [&](const ToolSpec* each) { return each->name > own->name; });
    specs.insert(place, own);
    return specs;
  }

 private:
  const std::shared_ptr<const ToolSet> tools_;  // shared with whoever made it
  mutable FindTools finder_;
};

}  // namespace

std::vector<std::string> deferred_tools(const ToolSet& set, const ShownTools& shown) {
  std::map<std::string, std::vector<std::string>> servers;
  for (const ToolSpec* spec : set.list()) {
    if (spec->name.starts_with(kMcpKind)) servers[server_in(spec->name)].push_back(spec->name);
  }
  std::vector<std::string> deferred;
  std::vector<const std::vector<std::string>*> others;
  std::size_t listed = 0;
  for (const auto& [server, tools] : servers) {
    if (is_among_names(shown.only_looked_for, server)) {
      deferred.insert(deferred.end(), tools.begin(), tools.end());
      continue;
    }
    listed += tools.size();
    if (!is_among_names(shown.always, server)) others.push_back(&tools);
  }
  std::ranges::stable_sort(others,
                           [](const auto* a, const auto* b) { return a->size() > b->size(); });
  for (const std::vector<std::string>* tools : others) {
    if (listed <= shown.listed_max) break;
    deferred.insert(deferred.end(), tools->begin(), tools->end());
    listed -= tools->size();
  }
  std::ranges::sort(deferred);
  return deferred;
}

std::shared_ptr<const ToolSet> with_find_tools(std::shared_ptr<const ToolSet> tools,
                                               std::vector<std::string> deferred) {
  std::vector<const ToolSpec*> specs;
  for (const std::string& name : deferred) {
    if (const Tool* tool = tools->find(name)) specs.push_back(&tool->spec());
  }
  if (specs.empty()) return tools;
  return std::make_shared<const SetWithFinder>(std::move(tools), specs);
}

}  // namespace yoke::mcp
