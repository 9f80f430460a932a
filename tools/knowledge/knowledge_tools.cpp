#include "tools/knowledge/knowledge_tools.h"

#include "runtime/base/hash.h"
#include "runtime/base/text.h"
#include "runtime/schema/schema.h"

namespace yoke {
namespace {

constexpr std::int64_t kReadBytes = 8000;
constexpr std::int64_t kReadBytesMax = 60'000;

Json search_input() {
  return Json{{"type", "object"},
              {"properties",
               {{"query", {{"type", "string"}, {"description", "What to look for, in words"}}},
                {"limit",
                 {{"type", "integer"},
                  {"minimum", 1},
                  {"maximum", 20},
                  {"default", 5},
                  {"description", "How many passages at most"}}}}},
              {"required", {"query"}},
              {"additionalProperties", false}};
}

Json read_input() {
  return Json{{"type", "object"},
              {"properties",
               {{"file", {{"type", "string"}, {"description", "As knowledge.search names it"}}},
                {"offset", {{"type", "integer"}, {"minimum", 0}, {"default", 0}}},
                {"bytes",
                 {{"type", "integer"},
                  {"minimum", 1},
                  {"maximum", kReadBytesMax},
                  {"default", kReadBytes}}}}},
              {"required", {"file"}},
              {"additionalProperties", false}};
}

std::string files_text(const KnowledgeIndex& index) {
  std::string files;
  for (const auto& [file, text] : index.texts()) files += (files.empty() ? "" : ", ") + file;
  return shorten(printable(files), 600);
}

Json result_of_search(const KnowledgeIndex& index, const Json& args) {
  Json passages = Json::array();
  const auto most = static_cast<std::size_t>(integer_at(args, "limit", 5));
  for (const KnowledgeHit& hit : index.search(string_at(args, "query"), most)) {
    Json one{{"file", hit.file}, {"offset", hit.offset}, {"text", hit.text}};
    if (!hit.heading.empty()) one["heading"] = hit.heading;
    passages.push_back(std::move(one));
  }
  Json out{{"passages", std::move(passages)}};
  if (out["passages"].empty()) out["note"] = "no passage has any of these words: try others";
  return out;
}

// Where a character begins, at or before `at`.
std::size_t cut_at(const std::string& text, std::size_t at) {
  if (at >= text.size()) return text.size();
  while (at > 0 && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U) --at;
  return at;
}

Result<Json> result_of_read(const KnowledgeIndex& index, const Json& args) {
  const std::string file = string_at(args, "file");
  const auto found = index.texts().find(file);
  if (found == index.texts().end()) {
    std::vector<std::string> names;
    for (const auto& [name, text] : index.texts()) names.push_back(name);
    return Error{Errc::not_found, "there is no file '" + shorten(printable(file), 120) + "'" +
                                      did_you_mean(file, names) +
                                      "; there is: " + files_text(index)};
  }
  const std::string& text = found->second;
  const std::size_t begin = cut_at(text, static_cast<std::size_t>(integer_at(args, "offset")));
  const auto bytes = static_cast<std::size_t>(integer_at(args, "bytes", kReadBytes));
  std::size_t end = cut_at(text, begin + bytes);
  if (end == begin && begin < text.size()) end = cut_at(text, begin + 4);
  Json out{{"file", file}, {"text", text.substr(begin, end - begin)}, {"total_bytes", text.size()}};
  if (end < text.size()) out["next_offset"] = end;
  return out;
}

class KnowledgeTool final : public Tool {
 public:
  KnowledgeTool(ToolSpec spec, std::shared_ptr<const KnowledgeIndex> index, bool searches)
      : spec_(std::move(spec)), index_(std::move(index)), searches_(searches) {
    Result<std::shared_ptr<const Schema>> compiled = Schema::compile(spec_.input_schema);
    input_ = std::move(compiled.value());  // a schema of ours
  }

  const ToolSpec& spec() const override { return spec_; }

  Result<Json> check(const Json& args) const override {
    Json given = input_->with_defaults(args.is_null() ? Json(Json::object()) : args);
    const std::vector<SchemaError> errors = input_->check(given);
    if (!errors.empty()) return Error{Errc::invalid, describe(errors)};
    return given;
  }

  awaitable<ToolOutcome> call(ToolRequest request, CallContext&) override {
    ToolOutcome outcome;
    // Whoever wrote the agent's instructions put the files beside them.
    outcome.label = join(request.label, kTrustedPrivate);
    Result<Json> found = searches_ ? Result<Json>(result_of_search(*index_, request.args))
                                   : result_of_read(*index_, request.args);
    if (found) {
      outcome.value = std::move(*found);
    } else {
      outcome.outcome = Outcome::error;
      outcome.message = found.error().detail;
    }
    co_return outcome;
  }

  awaitable<ProbeOutcome> probe(ToolRequest, CallContext&) override { co_return ProbeOutcome{}; }

 private:
  const ToolSpec spec_;
  const std::shared_ptr<const KnowledgeIndex> index_;  // shared by the two tools
  const bool searches_;
  std::shared_ptr<const Schema> input_;  // shared: immutable
};

}  // namespace

std::vector<std::unique_ptr<Tool>> make_knowledge_tools(std::shared_ptr<const KnowledgeIndex> index,
                                                        const std::string& origin) {
  std::string all;
  for (const auto& [file, text] : index->texts()) all += file + "\n" + text + "\n";
  ToolSpec search;
  search.name = kKnowledgeSearch;
  search.description =
      "Finds passages in the documents that came with this agent. Name the file of what you use. "
      "Documents: " +
      files_text(*index);
  search.input_schema = search_input();
  search.effect = Effect::read;
  search.origin = origin;
  search.source_hash = to_hex(sha256(all));
  ToolSpec read = search;
  read.name = kKnowledgeRead;
  read.description = "Reads on in one of the documents that came with this agent, from an offset.";
  read.input_schema = read_input();
  std::vector<std::unique_ptr<Tool>> tools;
  tools.push_back(std::make_unique<KnowledgeTool>(std::move(search), index, true));
  tools.push_back(std::make_unique<KnowledgeTool>(std::move(read), std::move(index), false));
  return tools;
}

}  // namespace yoke
