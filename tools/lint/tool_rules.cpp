#include <algorithm>

#include "runtime/base/text.h"
#include "tools/lint/literal.h"
#include "tools/lint/rules.h"

namespace yoke::lint {
namespace {

using Kind = Node::Kind;
using Level = Finding::Level;

std::string named_tool(const ToolText& tool) {
  return tool.name.empty() ? "the tool" : "the tool '" + tool.name + "'";
}

void check_description(const File& file, const ToolText& tool, std::vector<Finding>& findings) {
  const Node* field = field_of(*tool.table, "description");
  const std::optional<Json> value = field == nullptr ? Json("") : value_of(file.tree, *field);
  if (value && value->is_string() && trim(value->get_ref<const std::string&>()).empty()) {
    findings.push_back(
        finding_at(Level::error, file, field == nullptr ? tool.line : field->line, "no-description",
                   named_tool(tool) + " has no description: a model will not know when to use it"));
  }
  const Node* input = field_of(*tool.table, "input");
  if (input == nullptr || input->kind != Kind::table) return;
  for (const Node* entry : input->children) {
    if (entry->kind != Kind::field || entry->text.empty()) continue;
    const Node& written = *entry->children.back();
    const bool told = written.kind != Kind::text && written.kind != Kind::table;
    const bool has_doc =
        written.kind == Kind::table &&
        (field_of(written, "doc") != nullptr || field_of(written, "description") != nullptr);
    if (told || has_doc) continue;
    findings.push_back(finding_at(Level::note, file, entry->line, "no-doc",
                                  named_tool(tool) + ": input." + shorten(entry->text, 60) +
                                      " has no doc: a model sees its name and type alone"));
  }
}

// Looks at what a tool's functions read of their parameters.
class Members {
 public:
  Members(const File& file, const ToolText& tool, std::vector<Finding>& findings)
      : file_(file), tool_(tool), findings_(findings) {
    for (const auto& member : sandbox::context_members()) ctx_names_.emplace_back(member.name);
    const bool plain =
        tool.input && tool.input->is_object() && !tool.input->contains("$schema_full");
    if (!plain) return;
    for (const auto& [name, unused] : tool.input->items()) input_names_.push_back(name);
    input_known_ = true;
  }

  void visit(const Node& node) {
    if (node.kind == Kind::index && !node.text.empty()) check(node);
    for (const Node* child : node.children) visit(*child);
  }

 private:
  void check(const Node& index) {
    const Node& object = *index.children[0];
    if (object.kind != Kind::name || object.local < 0) return;
    for (const auto& [input, ctx] : tool_.params) {
      if (object.local == ctx) tell(index, "ctx", ctx_names_, Level::error);
      if (object.local == input && input_known_) tell(index, "input", input_names_, Level::warning);
    }
  }
  void tell(const Node& index, const char* what, const std::vector<std::string>& names,
            Level level) {
    if (std::find(names.begin(), names.end(), index.text) != names.end()) return;
    findings_.push_back(finding_at(level, file_, index.line, std::string("unknown-") + what,
                                   std::string(what) + " has no '" + shorten(index.text, 60) + "'" +
                                       did_you_mean(index.text, names)));
  }

  const File& file_;
  const ToolText& tool_;
  std::vector<Finding>& findings_;
  std::vector<std::string> ctx_names_;
  std::vector<std::string> input_names_;
  bool input_known_ = false;
};

}  // namespace

void check_tools(const Facts& facts, std::vector<Finding>& findings) {
  for (const ToolText& tool : facts.tools) {
    check_description(*facts.files.front(), tool, findings);
    Members(*facts.files.front(), tool, findings).visit(*tool.table);
  }
}

void check_requires(const Facts& facts, const ScriptSource& source,
                    std::vector<Finding>& findings) {
  for (const auto& [file, call] : facts.requires_) {
    const std::optional<Json> name =
        call->children.size() < 2 ? Json(nullptr) : value_of(file->tree, *call->children[1]);
    if (!name || !name->is_string()) {
      findings.push_back(finding_at(
          Level::error, *file, call->line, "require",
          "require takes a literal name such as \"lib.units\": what it needs is read before it "
          "runs"));
      continue;
    }
    const std::string& wanted = name->get_ref<const std::string&>();
    const bool found = std::any_of(source.libs.begin(), source.libs.end(),
                                   [&](const auto& library) { return library.first == wanted; });
    if (found) continue;
    std::string path = wanted;
    std::replace(path.begin(), path.end(), '.', '/');
    const std::string why = wanted.starts_with("lib.") ? "there is no " + shorten(path, 80) + ".lua"
                                                       : "a library's name begins with \"lib.\"";
    findings.push_back(finding_at(Level::error, *file, call->line, "require",
                                  "require '" + shorten(wanted, 80) + "': " + why));
  }
}

}  // namespace yoke::lint
