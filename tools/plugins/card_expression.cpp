#include "tools/plugins/card_expression.h"

#include <utility>

#include "tools/plugins/card_node.h"
#include "tools/plugins/json_weight.h"

namespace yoke {
namespace {

constexpr std::size_t kCardValueBytesMax = 256u << 10;

struct BudgetSpent {};

bool is_true(const Json& value) {
  return !value.is_null() && !(value.is_boolean() && !value.get<bool>());
}

// What a value weighs against the budget of texts.
std::size_t weight_of(const Json& value) {
  return value.is_string() ? value.get_ref<const std::string&>().size() : 8;
}

}  // namespace

bool CardBudget::spend(std::size_t used_steps, std::size_t used_bytes) {
  if (used_steps > steps || used_bytes > text_bytes) {
    steps = 0;
    text_bytes = 0;
    return false;
  }
  steps -= used_steps;
  text_bytes -= used_bytes;
  return true;
}

class CardEvaluator {
 public:
  using Node = CardExpression::Node;

  CardEvaluator(const CardScope& scope, CardBudget& budget) : scope_(scope), budget_(budget) {}

  Json value(const Node& node) {
    if (!budget_.spend(1, 0)) throw BudgetSpent();
    switch (node.kind) {
      case Node::Kind::literal:
        return node.literal;
      case Node::Kind::name:
        return named(node.name);
      case Node::Kind::member:
        return member(value(*node.parts[0]), value(*node.parts[1]));
      case Node::Kind::call: {
        Json made = call(node);
        if (!budget_.spend(0, weight_of(made)) || weight_of(made) > kCardValueBytesMax) {
          throw BudgetSpent();
        }
        return made;
      }
    }
    return nullptr;
  }

 private:
  Json named(const std::string& name) {
    for (auto local = locals_.rbegin(); local != locals_.rend(); ++local) {
      if (local->first == name) return paid(local->second);
    }
    if (name == "$root") return paid(*scope_.root);
    if (name == "$data") return paid(*scope_.data);
    if (name == "$index") return scope_.index;
    return paid(member_at(*scope_.data, name));
  }

  // Copying a large value is work too.
  Json paid(const Json& value) {
    if (!budget_.spend(weight_of(value, budget_.steps), 0)) throw BudgetSpent();
    return value;
  }

  static Json member(const Json& whole, const Json& key) {
    if (key.is_string()) return member_at(whole, key.get_ref<const std::string&>());
    if (!key.is_number_integer() || !whole.is_array()) return nullptr;
    const auto at = key.get<std::int64_t>();
    const bool there = at >= 0 && static_cast<std::size_t>(at) < whole.size();
    return there ? whole[static_cast<std::size_t>(at)] : Json(nullptr);
  }

  Json call(const Node& node) {
    if (node.name == "if" && node.parts.size() == 3) {
      return value(*node.parts[is_true(value(*node.parts[0])) ? 1 : 2]);
    }
    if (node.name == "and" || node.name == "or") {
      const bool stops = node.name == "or";
      for (const auto& part : node.parts) {
        if (is_true(value(*part)) == stops) return stops;
      }
      return !stops;
    }
    if (node.name == "coalesce") {
      for (const auto& part : node.parts) {
        Json found = value(*part);
        if (!found.is_null()) return found;
      }
      return nullptr;
    }
    if (node.name == "select" || node.name == "foreach" || node.name == "where") {
      return for_each(node);
    }
    std::vector<Json> arguments;
    for (const auto& part : node.parts) arguments.push_back(value(*part));
    return call_card_function(node.name, arguments);
  }

  // where(items, item, item.price > 3)
  Json for_each(const Node& node) {
    const bool filters = node.name == "where";
    if (node.parts.size() != 3 || node.parts[1]->kind != Node::Kind::name) return nullptr;
    const Json items = value(*node.parts[0]);
    if (!items.is_array()) return nullptr;
    Json out = Json::array();
    for (const Json& item : items) {
      locals_.emplace_back(node.parts[1]->name, item);
      Json made = value(*node.parts[2]);
      locals_.pop_back();
      if (!filters) {
        out.push_back(std::move(made));
      } else if (is_true(made)) {
        out.push_back(item);
      }
    }
    return out;
  }

  const CardScope& scope_;
  CardBudget& budget_;
  std::vector<std::pair<std::string, Json>> locals_;
};

Result<Json> CardExpression::evaluate(const CardScope& scope, CardBudget& budget) const {
  try {
    return CardEvaluator(scope, budget).value(*root_);
  } catch (const BudgetSpent&) {
    return Error{Errc::exhausted, "the card's expressions take too long, or make too long a text"};
  }
}

std::string card_text_of(const Json& value) {
  if (value.is_null()) return {};
  return value.is_string() ? value.get<std::string>() : to_text(value);
}

}  // namespace yoke
