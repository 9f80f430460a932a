#include "tools/lint/literal.h"

#include <charconv>

namespace yoke::lint {
namespace {

using Kind = Node::Kind;

constexpr int kDepthMax = 40;

std::optional<Json> evaluate(const Tree& tree, const Node& node, int depth);

std::optional<Json> number_of(const std::string& written) {
  const char* const first = written.data();
  const char* const last = first + written.size();
  std::int64_t whole = 0;
  if (const auto [end, failed] = std::from_chars(first, last, whole);
      failed == std::errc() && end == last) {
    return Json(whole);
  }
  double number = 0;
  const auto [end, failed] = std::from_chars(first, last, number);
  if (failed != std::errc() || end != last) return std::nullopt;
  return Json(number);
}

std::optional<Json> table_of(const Tree& tree, const Node& node, int depth) {
  Json list = Json::array();
  Json fields = Json::object();
  for (const Node* entry : node.children) {
    const Node& written = *entry->children.back();
    if (entry->kind == Kind::field && entry->text.empty()) return std::nullopt;
    std::optional<Json> value = evaluate(tree, written, depth + 1);
    if (!value) return std::nullopt;
    if (entry->kind == Kind::item) {
      list.push_back(std::move(*value));
    } else {
      fields[entry->text] = std::move(*value);
    }
  }
  if (list.empty()) return fields;
  if (fields.empty()) return list;
  for (std::size_t i = 0; i < list.size(); ++i) fields[std::to_string(i + 1)] = list[i];
  return fields;
}

std::optional<Json> joined(const Tree& tree, const Node& node, int depth) {
  if (node.text != "..") return std::nullopt;
  std::string out;
  for (const Node* part : node.children) {
    const std::optional<Json> value = evaluate(tree, *part, depth + 1);
    if (!value || !value->is_string()) return std::nullopt;
    out += value->get_ref<const std::string&>();
  }
  return Json(out);
}

// The expression that a local stands for; null when that may change.
const Node* given_value(const Tree& tree, const Node& name) {
  if (name.local < 0) return nullptr;
  const Local& local = tree.locals[static_cast<std::size_t>(name.local)];
  return local.reassigned ? nullptr : local.value;
}

std::optional<Json> evaluate(const Tree& tree, const Node& node, int depth) {
  if (depth > kDepthMax) return std::nullopt;
  switch (node.kind) {
    case Kind::nil:
      return Json(nullptr);
    case Kind::truth:
      return Json(node.text == "true");
    case Kind::number:
      return number_of(node.text);
    case Kind::text:
      return Json(node.text);
    case Kind::table:
      return table_of(tree, node, depth);
    case Kind::operation:
      return joined(tree, node, depth);
    case Kind::name: {
      const Node* value = given_value(tree, node);
      return value == nullptr ? std::nullopt : evaluate(tree, *value, depth + 1);
    }
    case Kind::group:
      return node.children.size() == 1 ? evaluate(tree, *node.children[0], depth + 1)
                                       : std::nullopt;
    default:
      return std::nullopt;
  }
}

}  // namespace

std::optional<Json> value_of(const Tree& tree, const Node& node) { return evaluate(tree, node, 0); }

Beginning beginning_of(const Tree& tree, const Node& node) {
  if (const std::optional<Json> whole = value_of(tree, node)) {
    if (whole->is_string()) return {whole->get<std::string>(), true};
    return {};
  }
  Beginning out;
  if (node.kind != Kind::operation || node.text != "..") return out;
  for (const Node* part : node.children) {
    const Beginning next = beginning_of(tree, *part);
    out.text += next.text;
    if (!next.whole) return out;
  }
  return out;
}

const Node* field_of(const Node& table, std::string_view name) {
  for (const Node* entry : table.children) {
    if (entry->kind == Kind::field && entry->text == name) return entry->children.back();
  }
  return nullptr;
}

}  // namespace yoke::lint
