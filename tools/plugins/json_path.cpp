#include "tools/plugins/json_path.h"

#include <re2/re2.h>

#include <algorithm>
#include <utility>

#include "tools/plugins/json_path_tree.h"
#include "tools/plugins/json_weight.h"

namespace yoke::json_path {
namespace {

constexpr std::size_t kStepsMax = 200'000;
constexpr std::size_t kDynamicPatternSteps = 200;
constexpr int kDescentMax = 128;

struct TooManySteps {};

// A value, or nothing at all.
using Side = std::optional<Json>;
using Nodes = std::vector<const Json*>;

std::int64_t scalars_of(const std::string& text) {
  return std::count_if(text.begin(), text.end(),
                       [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
}

class PathWalk {
 public:
  explicit PathWalk(const Json& root) : root_(root) {}

  Nodes follow(const Path& path, const Json& current) {
    Nodes nodes{path.from_root ? &root_ : &current};
    for (const Segment& segment : path.segments) {
      Nodes next;
      for (const Json* node : nodes) {
        if (segment.descends) {
          descend(segment, *node, next, 0);
        } else {
          choose(segment, *node, next);
        }
      }
      nodes = std::move(next);
    }
    return nodes;
  }

 private:
  void step(std::size_t count = 1) {
    steps_ += count;
    if (steps_ > kStepsMax) throw TooManySteps();
  }

  void descend(const Segment& segment, const Json& node, Nodes& out, int depth) {
    if (depth > kDescentMax) throw TooManySteps();
    choose(segment, node, out);
    if (!node.is_structured()) return;
    for (const Json& child : node) descend(segment, child, out, depth + 1);
  }

  void choose(const Segment& segment, const Json& node, Nodes& out) {
    for (const Selector& selector : segment.selectors) choose(selector, node, out);
  }

  void choose(const Selector& selector, const Json& node, Nodes& out) {
    step();
    switch (selector.kind) {
      case Selector::Kind::name:
        if (node.is_object() && node.contains(selector.name)) out.push_back(&node[selector.name]);
        return;
      case Selector::Kind::wildcard:
        if (!node.is_structured()) return;
        for (const Json& child : node) add(child, out);
        return;
      case Selector::Kind::index:
        choose_index(selector.index, node, out);
        return;
      case Selector::Kind::slice:
        choose_slice(selector, node, out);
        return;
      case Selector::Kind::filter:
        if (!node.is_structured()) return;
        for (const Json& child : node) {
          step();
          if (holds(*selector.filter, child)) add(child, out);
        }
        return;
    }
  }

  void add(const Json& node, Nodes& out) {
    step();
    out.push_back(&node);
  }

  void choose_index(std::int64_t index, const Json& node, Nodes& out) {
    if (!node.is_array()) return;
    const auto size = static_cast<std::int64_t>(node.size());
    const std::int64_t at = index < 0 ? size + index : index;
    if (at >= 0 && at < size) add(node[static_cast<std::size_t>(at)], out);
  }

  void choose_slice(const Selector& slice, const Json& node, Nodes& out) {
    if (!node.is_array() || slice.step == 0) return;
    const auto size = static_cast<std::int64_t>(node.size());
    const auto normal = [&](std::int64_t at) { return at < 0 ? size + at : at; };
    if (slice.step > 0) {
      const std::int64_t from = std::clamp<std::int64_t>(normal(slice.start.value_or(0)), 0, size);
      const std::int64_t to = std::clamp<std::int64_t>(normal(slice.end.value_or(size)), 0, size);
      for (std::int64_t i = from; i < to; i += std::min(slice.step, size)) {
        add(node[static_cast<std::size_t>(i)], out);
      }
      return;
    }
    const std::int64_t from =
        std::clamp<std::int64_t>(slice.start ? normal(*slice.start) : size - 1, -1, size - 1);
    const std::int64_t to =
        std::clamp<std::int64_t>(slice.end ? normal(*slice.end) : -1, -1, size - 1);
    for (std::int64_t i = from; i > to; i += std::max(slice.step, -size)) {
      add(node[static_cast<std::size_t>(i)], out);
    }
  }

  bool holds(const Expression& test, const Json& current) {
    step();
    const auto part_holds = [&](const auto& part) { return holds(*part, current); };
    switch (test.kind) {
      case Expression::Kind::any_of:
        return std::any_of(test.parts.begin(), test.parts.end(), part_holds);
      case Expression::Kind::all_of:
        return std::all_of(test.parts.begin(), test.parts.end(), part_holds);
      case Expression::Kind::negation:
        return !holds(*test.parts.front(), current);
      case Expression::Kind::comparison:
        return compare(test, current);
      case Expression::Kind::path:
        return !follow(test.path, current).empty();
      case Expression::Kind::function:
        return matches(test, current);
      case Expression::Kind::literal:
        return false;
    }
    return false;
  }

  bool compare(const Expression& comparison, const Json& current) {
    const Side left = side(*comparison.parts[0], current);
    const Side right = side(*comparison.parts[1], current);
    switch (comparison.compare) {
      case Expression::Compare::equal:
        return left == right;
      case Expression::Compare::unequal:
        return !(left == right);
      case Expression::Compare::less:
        return is_less(left, right);
      case Expression::Compare::less_or_equal:
        return is_less(left, right) || left == right;
      case Expression::Compare::greater:
        return is_less(right, left);
      case Expression::Compare::greater_or_equal:
        return is_less(right, left) || left == right;
    }
    return false;
  }

  static bool is_less(const Side& left, const Side& right) {
    if (!left || !right) return false;
    const bool numbers = left->is_number() && right->is_number();
    const bool texts = left->is_string() && right->is_string();
    return (numbers || texts) && *left < *right;
  }

  // Copying a large value is work too.
  const Json& copied(const Json& value) {
    step(weight_of(value, kStepsMax));
    return value;
  }

  Side side(const Expression& expression, const Json& current) {
    if (expression.kind == Expression::Kind::literal) return expression.literal;
    if (expression.kind == Expression::Kind::path) {
      const Nodes nodes = follow(expression.path, current);
      return nodes.size() == 1 ? Side(copied(*nodes.front())) : std::nullopt;
    }
    if (expression.function == Expression::Function::length) return length_of(expression, current);
    const Nodes nodes = follow(expression.parts.front()->path, current);
    if (expression.function == Expression::Function::count) return Json(nodes.size());
    return nodes.size() == 1 ? Side(copied(*nodes.front())) : std::nullopt;
  }

  Side length_of(const Expression& call, const Json& current) {
    const Side of = side(*call.parts.front(), current);
    if (of && of->is_string()) return Json(scalars_of(of->get_ref<const std::string&>()));
    if (of && of->is_structured()) return Json(of->size());
    return std::nullopt;
  }

  bool matches(const Expression& call, const Json& current) {
    const Side text = side(*call.parts[0], current);
    const Side wanted = side(*call.parts[1], current);
    if (!text || !text->is_string() || !wanted || !wanted->is_string()) return false;
    std::shared_ptr<const re2::RE2> pattern = call.pattern;
    if (!pattern && call.parts[1]->kind != Expression::Kind::literal) {
      step(kDynamicPatternSteps);
      pattern = compile_pattern(wanted->get<std::string>());
    }
    if (!pattern) return false;
    const auto& words = text->get_ref<const std::string&>();
    return call.function == Expression::Function::match ? re2::RE2::FullMatch(words, *pattern)
                                                        : re2::RE2::PartialMatch(words, *pattern);
  }

  const Json& root_;
  std::size_t steps_ = 0;
};

}  // namespace
}  // namespace yoke::json_path

namespace yoke {

struct JsonPath::Query {
  json_path::Path path;
};

JsonPath::~JsonPath() = default;

Result<JsonPath> JsonPath::parse(std::string_view text) {
  Result<json_path::Path> path = json_path::parse_path(text);
  if (!path) return path.error();
  return JsonPath(std::make_shared<const Query>(Query{std::move(*path)}));
}

Result<std::vector<const Json*>> JsonPath::select(const Json& root) const {
  try {
    return json_path::PathWalk(root).follow(query_->path, root);
  } catch (const json_path::TooManySteps&) {
    return Error{Errc::too_large, "the JSONPath takes over 200,000 steps"};
  }
}

bool JsonPath::is_singular() const { return query_->path.is_singular(); }

}  // namespace yoke
