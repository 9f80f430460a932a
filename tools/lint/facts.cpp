#include "tools/lint/facts.h"

#include <algorithm>
#include <charconv>

#include "tools/lint/literal.h"

namespace yoke::lint {
namespace {

using Kind = Node::Kind;

bool is_global(const Node& node, std::string_view name) {
  return node.kind == Kind::name && node.local < 0 && node.text == name;
}

const sandbox::Module* library_named(std::string_view name) {
  if (const sandbox::Module* module = sandbox::find_module(name)) return module;
  for (const sandbox::Module& module : sandbox::language()) {
    if (module.name == name && !name.empty()) return &module;
  }
  return nullptr;
}

const sandbox::ModuleFunction* member_of(const sandbox::Module& module, std::string_view name) {
  for (const sandbox::ModuleFunction& function : module.functions) {
    if (function.name == name) return &function;
  }
  return nullptr;
}

// The table of a `tool { … }`, else null.
const Node* tool_table(const Node& call) {
  const bool is_tool = call.kind == Kind::call && call.children.size() == 2 &&
                       is_global(*call.children[0], "tool") &&
                       call.children[1]->kind == Kind::table;
  return is_tool ? call.children[1] : nullptr;
}

class Walk {
 public:
  Walk(Facts& facts, const File& file) : facts_(facts), file_(file) {}

  void visit(const Node& node, int tool) {
    if (const Node* table = tool_table(node)) tool = add_tool(node, *table);
    if (node.kind == Kind::name) return add_name(node);
    if (node.kind == Kind::call) add_call(node, tool);
    if (node.kind == Kind::index && add_use(node, nullptr, tool)) return;
    for (const Node* child : node.children) {
      const bool callee = node.kind == Kind::call && child == node.children[0];
      if (callee && child->kind == Kind::index && module_named(file_.tree, *child->children[0])) {
        continue;  // add_call has seen to it
      }
      visit(*child, tool);
    }
  }

 private:
  int add_tool(const Node& call, const Node& table) {
    ToolText tool;
    tool.table = &table;
    tool.line = call.line;
    if (const Node* name = field_of(table, "name")) {
      const std::optional<Json> value = value_of(file_.tree, *name);
      if (value && value->is_string()) tool.name = value->get<std::string>();
    }
    const Node* permissions = field_of(table, "permissions");
    const std::optional<Json> declared =
        permissions == nullptr ? Json(nullptr) : value_of(file_.tree, *permissions);
    if (declared) {
      Result<Permissions> parsed = parse_permissions(*declared);
      if (parsed) tool.permissions = std::move(*parsed);
    }
    const Node* input = field_of(table, "input");
    if (input != nullptr) tool.input = value_of(file_.tree, *input);
    for (const char* name : {"run", "probe"}) {
      const Node* function = field_of(table, name);
      if (function == nullptr || function->kind != Kind::function) continue;
      const std::vector<int>& params = function->params;
      tool.params.emplace_back(params.empty() ? -1 : params[0], params.size() < 2 ? -1 : params[1]);
    }
    facts_.tools.push_back(std::move(tool));
    return static_cast<int>(facts_.tools.size()) - 1;
  }

  void add_name(const Node& node) {
    if (node.local >= 0) return;
    facts_.globals.push_back({&file_, &node});
    if (node.written) facts_.assigned.push_back(node.text);
    const sandbox::Module* module = library_named(node.text);
    if (module != nullptr && module->effectful) ++facts_.handed_on[node.text];
  }

  void add_call(const Node& call, int tool) {
    const Node& callee = *call.children[0];
    if (is_global(callee, "require")) facts_.requires_.emplace_back(&file_, &call);
    if (callee.kind == Kind::index) add_use(callee, &call, tool);
    if (callee.kind != Kind::name || callee.local >= 0) return;
    const sandbox::Module& plain = sandbox::language().front();
    if (const sandbox::ModuleFunction* function = member_of(plain, callee.text)) {
      facts_.plain_calls.push_back({&file_, &callee, &call, &plain, function, tool});
    }
  }

  // True when the index expression names a member of a module.
  bool add_use(const Node& index, const Node* call, int tool) {
    const Node& object = *index.children[0];
    const sandbox::Module* module = module_named(file_.tree, object);
    if (module == nullptr) return false;
    if (object.kind == Kind::name && object.local < 0) facts_.globals.push_back({&file_, &object});
    if (index.text.empty()) {
      ++facts_.handed_on[module->name];
      return false;
    }
    facts_.uses.push_back({&file_, &index, call, module, member_of(*module, index.text), tool});
    return true;
  }

  Facts& facts_;
  const File& file_;
};

std::string library_file(std::string name) {
  std::replace(name.begin(), name.end(), '.', '/');
  return name + ".lua";
}

void add_file(Facts& facts, const std::string& name, std::string_view text,
              std::vector<Finding>& findings) {
  auto file = std::make_unique<File>();
  file->name = name;
  Result<Tree> tree = parse(text);
  if (!tree) {
    Finding finding;
    finding.file = name;
    const std::string& place = tree.error().place;
    std::from_chars(place.data(), place.data() + place.size(), finding.line);
    finding.rule = "syntax";
    finding.message = tree.error().detail;
    findings.push_back(std::move(finding));
    return;
  }
  file->tree = std::move(*tree);
  Walk(facts, *file).visit(*file->tree.root, kShared);
  facts.files.push_back(std::move(file));
}

}  // namespace

const sandbox::Module* module_named(const Tree& tree, const Node& node) {
  const Node* at = &node;
  for (int hops = 0; hops < 4 && at->kind == Kind::name; ++hops) {
    if (at->local < 0) return library_named(at->text);
    const Local& local = tree.locals[static_cast<std::size_t>(at->local)];
    if (local.reassigned || local.value == nullptr) return nullptr;
    at = local.value;
  }
  return nullptr;
}

Facts gather(const ScriptSource& source, std::vector<Finding>& findings) {
  Facts facts;
  add_file(facts, source.name, source.text, findings);
  for (const auto& [name, text] : source.libs) {
    add_file(facts, library_file(name), text, findings);
  }
  return facts;
}

}  // namespace yoke::lint
