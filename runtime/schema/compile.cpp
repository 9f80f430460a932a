#include <algorithm>
#include <cmath>
#include <functional>

#include "runtime/base/text.h"
#include "runtime/schema/node.h"
#include "runtime/schema/reference.h"

namespace yoke::schema {
namespace {

constexpr std::size_t kNodesMax = 20'000;
constexpr std::size_t kChoicesTextMax = 400;
constexpr const char* kNoBase = "schema:///";  // what relative references start from, without an id

// Turns a document into nodes, one location at a time, so that neither depth nor circles of $ref
// cost stack. The first thing that cannot be checked ends it.
class Compiler {
 public:
  explicit Compiler(Dialect dialect)
      : references_(dialect), dialect_(dialect), program_(std::make_unique<Program>()) {}

  Result<std::unique_ptr<const Program>> run(const Json& schema) {
    Location root;
    root.schema = &schema;
    root.base = kNoBase;
    program_->root = node_at(root);
    while (!waiting_.empty() && !failure_) {
      const auto [node, location] = std::move(waiting_.back());
      waiting_.pop_back();
      fill(*node, location);
    }
    if (!failure_) refuse_circles();
    if (failure_) return *failure_;
    return std::unique_ptr<const Program>(std::move(program_));
  }

 private:
  void fail(const std::string& place, Errc code, std::string detail) {
    if (!failure_) failure_ = Error{code, std::move(detail), place.empty() ? "/" : place};
  }

  // The node of a location; made, and put in line to be filled, on the first asking.
  const Node* node_at(const Location& asked) {
    if (const auto found = made_.find(asked.schema); found != made_.end()) return found->second;
    if (!asked.schema->is_object() && !asked.schema->is_boolean()) {
      fail(asked.place, Errc::invalid, "a schema is an object, true or false");
      return nullptr;
    }
    const Result<Location> location = references_.add(asked);
    if (!location) {
      fail(location.error().place, location.error().code, location.error().detail);
      return nullptr;
    }
    if (program_->nodes.size() >= kNodesMax) {
      fail(asked.place, Errc::too_large, "more than 20,000 subschemas");
      return nullptr;
    }
    Node& node = program_->nodes.emplace_back();
    node.index = program_->nodes.size() - 1;
    node.place = location->place;
    made_.emplace(asked.schema, &node);
    waiting_.emplace_back(&node, *location);
    return &node;
  }

  void fill(Node& node, const Location& location) {
    if (location.schema->is_boolean()) {
      node.is_never = !location.schema->get<bool>();
      return;
    }
    at_ = &location;
    add_references(node);
    const bool ref_alone = dialect_ != Dialect::modern && has("$ref");
    if (ref_alone) return;
    add_value_checks(node);
    add_number_checks(node);
    add_text_checks(node);
    add_item_checks(node);
    add_property_checks(node);
    add_combinations(node);
    if (has("default")) node.default_value = keyword("default");
  }

  const Json& keyword(std::string_view name) const { return member_at(*at_->schema, name); }
  bool has(std::string_view name) const { return at_->schema->contains(name); }

  void wrong(std::string_view name, std::string_view expected) {
    fail(at_->place + pointer_step(name), Errc::invalid,
         std::string("'").append(name).append("' must be ").append(expected));
  }

  // One child schema under `steps`, which starts with the keyword.
  const Node* child(const Json& schema, std::string_view steps) {
    Location location = *at_;
    location.schema = &schema;
    location.place.append(steps);
    return node_at(location);
  }

  void read_schema(std::string_view name, const Node*& target) {
    if (has(name)) target = child(keyword(name), pointer_step(name));
  }

  void read_schemas(std::string_view name, std::vector<const Node*>& target) {
    if (!has(name)) return;
    const Json& list = keyword(name);
    if (!list.is_array() || list.empty()) return wrong(name, "a list of schemas, not empty");
    for (std::size_t i = 0; i < list.size(); ++i) {
      target.push_back(child(list[i], pointer_step(name) + "/" + std::to_string(i)));
    }
  }

  void for_members(std::string_view name,
                   const std::function<void(const std::string&, const Json&)>& visit) {
    if (!has(name)) return;
    const Json& map = keyword(name);
    if (!map.is_object()) return wrong(name, "an object");
    for (const auto& [key, value] : map.items()) visit(key, value);
  }

  void read_count(std::string_view name, std::size_t& target) {
    if (!has(name)) return;
    const Json& count = keyword(name);
    const bool is_count = count.is_number() && (types_of(count) & kInteger) != 0 &&
                          count.get<double>() >= 0 && count.get<double>() < 1e15;
    if (!is_count) return wrong(name, "a whole number, not below 0");
    target = static_cast<std::size_t>(count.get<double>());
  }

  void read_names(std::string_view name, const Json& list, std::vector<std::string>& target) {
    const bool is_list =
        list.is_array() &&
        std::all_of(list.begin(), list.end(), [](const Json& one) { return one.is_string(); });
    if (!is_list) return wrong(name, "a list of property names");
    for (const Json& one : list) target.push_back(one.get<std::string>());
  }

  std::shared_ptr<const Pattern> pattern_of(const std::string& text, std::string_view steps) {
    if (const auto found = patterns_.find(text); found != patterns_.end()) return found->second;
    auto pattern = Pattern::compile(text);
    if (!pattern) {
      fail(at_->place + std::string(steps), pattern.error().code, pattern.error().detail);
      return nullptr;
    }
    return patterns_.emplace(text, *pattern).first->second;
  }

  void add_references(Node& node) {
    for (const char* name : {"$ref", "$dynamicRef", "$recursiveRef"}) {
      if (!has(name)) continue;
      if (!keyword(name).is_string()) return wrong(name, "a URI reference");
      add_reference(node, name, keyword(name).get_ref<const std::string&>());
    }
  }

  void add_reference(Node& node, const std::string& name, const std::string& reference) {
    const std::string place = at_->place + "/" + name;
    const Result<Location> found = references_.find(reference, at_->base);
    if (!found) return fail(place, found.error().code, found.error().detail);
    const std::size_t hash = reference.find('#');
    const std::string anchor = hash == std::string::npos ? "" : reference.substr(hash + 1);
    const bool depends_on_caller =
        (name == "$dynamicRef" && references_.is_ambiguous(anchor)) ||
        (name == "$recursiveRef" && references_.has_several_recursive_anchors());
    if (depends_on_caller) {
      return fail(place, Errc::unsupported,
                  "cannot check a reference whose meaning its users choose");
    }
    node.refs.push_back(node_at(*found));
  }

  void add_value_checks(Node& node) {
    if (has("type")) read_types(node);
    if (has("const")) add_choices(node, Json::array({keyword("const")}));
    if (!has("enum")) return;
    if (!keyword("enum").is_array()) return wrong("enum", "a list of values");
    add_choices(node, keyword("enum"));
  }

  void read_types(Node& node) {
    const Json& names = keyword("type");
    node.types = 0;
    for (const Json& name : names.is_array() ? names : Json::array({names})) {
      const std::uint8_t type = name.is_string() ? type_from_name(name.get<std::string>()) : 0;
      if (type == 0) {
        return wrong(
            "type",
            "one of null, boolean, integer, number, string, array, object; it is " + show(name));
      }
      node.types |= type;
    }
    if (node.types == 0) wrong("type", "a type name or a list of them, not empty");
  }

  static void add_choices(Node& node, const Json& values) {
    Choices choices;
    for (const Json& value : values) {
      choices.identities.push_back(identity_of(value));
      choices.identity_bytes_max =
          std::max(choices.identity_bytes_max, choices.identities.back().size());
      if (choices.text.size() > kChoicesTextMax) continue;
      if (!choices.text.empty()) choices.text += ", ";
      choices.text += value.is_structured() ? shorten(to_text(value), 80) : show(value);
      if (choices.text.size() > kChoicesTextMax) choices.text += ", \u2026";
    }
    if (values.size() != 1) choices.text = "one of " + choices.text;
    node.choices.push_back(std::move(choices));
  }

  void add_number_checks(Node& node) {
    read_bound("minimum", "exclusiveMinimum", 1, node.least);
    read_bound("maximum", "exclusiveMaximum", -1, node.most);
    if (!has("multipleOf")) return;
    const Json& step = keyword("multipleOf");
    if (!step.is_number() || step.get<double>() <= 0)
      return wrong("multipleOf", "a number above 0");
    node.multiples_of.push_back(step);
  }

  // Draft 4 marks a limit as exclusive with a boolean; later drafts give a limit of its own.
  void read_bound(std::string_view name, std::string_view exclusive_name, int sign, Bound& bound) {
    const Json& limit = keyword(name);
    const Json& exclusive = keyword(exclusive_name);
    if (has(name) && !limit.is_number()) return wrong(name, "a number");
    if (has(exclusive_name) && !exclusive.is_number() && !exclusive.is_boolean()) {
      return wrong(exclusive_name, "a number");
    }
    bound.limit = limit;
    if (exclusive.is_boolean()) bound.exclusive = exclusive.get<bool>();
    if (!exclusive.is_number()) return;
    const bool is_tighter = !limit.is_number() || compare_numbers(exclusive, limit) * sign >= 0;
    if (!is_tighter) return;
    bound.limit = exclusive;
    bound.exclusive = true;
  }

  void add_text_checks(Node& node) {
    read_count("minLength", node.length.min);
    read_count("maxLength", node.length.max);
    if (!has("pattern")) return;
    if (!keyword("pattern").is_string()) return wrong("pattern", "a regular expression");
    node.pattern = pattern_of(keyword("pattern").get<std::string>(), "/pattern");
  }

  void add_item_checks(Node& node) {
    read_count("minItems", node.item_count.min);
    read_count("maxItems", node.item_count.max);
    if (has("uniqueItems") && !keyword("uniqueItems").is_boolean()) {
      return wrong("uniqueItems", "true or false");
    }
    node.unique_items = bool_at(*at_->schema, "uniqueItems");
    read_schemas("prefixItems", node.first_items);
    if (keyword("items").is_array()) {  // before 2020-12
      if (!keyword("items").empty()) read_schemas("items", node.first_items);
      read_schema("additionalItems", node.other_items);
    } else {
      read_schema("items", node.other_items);
    }
    read_schema("contains", node.contains);
    read_count("minContains", node.contains_count.min);
    read_count("maxContains", node.contains_count.max);
    read_schema("unevaluatedItems", node.unevaluated_items);
    if (node.unevaluated_items != nullptr) program_->tracks_evaluation = true;
  }

  void add_property_checks(Node& node) {
    read_count("minProperties", node.property_count.min);
    read_count("maxProperties", node.property_count.max);
    if (has("required")) read_names("required", keyword("required"), node.required);
    for_members("properties", [&](const std::string& name, const Json& schema) {
      node.properties[name] = child(schema, "/properties" + pointer_step(name));
    });
    for_members("patternProperties", [&](const std::string& text, const Json& schema) {
      const std::string steps = "/patternProperties" + pointer_step(text);
      node.pattern_properties.emplace_back(pattern_of(text, steps), child(schema, steps));
    });
    read_schema("additionalProperties", node.other_properties);
    read_schema("propertyNames", node.property_names);
    read_schema("unevaluatedProperties", node.unevaluated_properties);
    if (node.unevaluated_properties != nullptr) program_->tracks_evaluation = true;
    for (const std::string_view name : {"dependentRequired", "dependentSchemas", "dependencies"}) {
      for_members(name, [&](const std::string& key, const Json& value) {
        add_dependency(node, name, key, value);
      });
    }
  }

  void add_dependency(Node& node, std::string_view name, const std::string& key,
                      const Json& value) {
    const bool names_properties =
        name == "dependentRequired" || (name == "dependencies" && value.is_array());
    if (names_properties) {
      read_names(name, value, node.dependent_required[key]);
    } else {
      const Node*& dependent = node.dependent_schemas[key];
      dependent = child(value, pointer_step(name) + pointer_step(key));
    }
  }

  void add_combinations(Node& node) {
    read_schemas("allOf", node.all_of);
    read_schemas("anyOf", node.any_of);
    read_schemas("oneOf", node.one_of);
    read_schema("not", node.none_of);
    if (!has("if")) return;
    read_schema("if", node.condition);
    read_schema("then", node.consequence);
    read_schema("else", node.alternative);
  }

  // A schema that leads back to itself without a step into the value would be checked for ever:
  // nodes that others need are taken away until only circles are left.
  void refuse_circles() {
    std::vector<std::size_t> users(program_->nodes.size(), 0);
    for (const Node& node : program_->nodes) {
      for (const Node* used : in_place_children(node)) ++users[used->index];
    }
    std::vector<const Node*> free;
    for (const Node& node : program_->nodes) {
      if (users[node.index] == 0) free.push_back(&node);
    }
    while (!free.empty()) {
      const Node* const node = free.back();
      free.pop_back();
      for (const Node* used : in_place_children(*node)) {
        if (--users[used->index] == 0) free.push_back(used);
      }
    }
    const auto left = std::find_if(users.begin(), users.end(), [](auto n) { return n != 0; });
    if (left == users.end()) return;
    const Node& node = program_->nodes[static_cast<std::size_t>(left - users.begin())];
    fail(node.place, Errc::invalid, "the schema refers to itself without an end");
  }

  References references_;
  Dialect dialect_;
  std::unique_ptr<Program> program_;
  std::map<const Json*, const Node*> made_;
  std::vector<std::pair<Node*, Location>> waiting_;
  std::map<std::string, std::shared_ptr<const Pattern>> patterns_;
  const Location* at_ = nullptr;  // of the node that is being filled
  std::optional<Error> failure_;
};

Result<Dialect> dialect_of(const Json& schema) {
  if (!schema.is_object() || !schema.contains("$schema")) return Dialect::modern;
  const std::string written = string_at(schema, "$schema");
  std::string_view uri = written;
  if (uri.ends_with('#')) uri.remove_suffix(1);
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (uri.starts_with(scheme)) uri.remove_prefix(scheme.size());
  }
  if (uri == "json-schema.org/draft-04/schema") return Dialect::draft4;
  if (uri == "json-schema.org/draft-06/schema") return Dialect::draft6;
  if (uri == "json-schema.org/draft-07/schema") return Dialect::draft6;
  if (uri == "json-schema.org/draft/2019-09/schema") return Dialect::modern;
  if (uri == "json-schema.org/draft/2020-12/schema") return Dialect::modern;
  if (uri == "json-schema.org/schema") return Dialect::modern;
  return Error{Errc::unsupported,
               "cannot check schemas of '" + shorten(written, 100) +
                   "'; known are draft 4, 6, 7, 2019-09 and 2020-12",
               "/$schema"};
}

}  // namespace

std::vector<const Node*> in_place_children(const Node& node) {
  std::vector<const Node*> children;
  for (const auto* list : {&node.refs, &node.all_of, &node.any_of, &node.one_of}) {
    children.insert(children.end(), list->begin(), list->end());
  }
  for (const auto& [name, dependent] : node.dependent_schemas) children.push_back(dependent);
  for (const Node* one : {node.none_of, node.condition, node.consequence, node.alternative}) {
    if (one != nullptr) children.push_back(one);
  }
  return children;
}

Result<std::unique_ptr<const Program>> compile_program(const Json& schema) {
  const Result<Dialect> dialect = dialect_of(schema);
  if (!dialect) return dialect.error();
  return Compiler(*dialect).run(schema);
}

}  // namespace yoke::schema
