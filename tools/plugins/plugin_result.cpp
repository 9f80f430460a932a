#include "tools/plugins/plugin_result.h"

#include <utility>

#include "runtime/base/text.h"
#include "tools/plugins/card.h"

namespace yoke {
namespace {

using FoundNodes = std::vector<const Json*>;

FoundNodes selected(const JsonPath& path, const Json& root) {
  Result<FoundNodes> nodes = path.select(root);
  return nodes ? std::move(*nodes) : FoundNodes();
}

// What the path selects: the value where it can be but one, else the list of them.
Json data_at(const JsonPath& path, const Json& reply) {
  const FoundNodes nodes = selected(path, reply);
  if (path.is_singular()) return nodes.empty() ? Json(nullptr) : *nodes.front();
  Json list = Json::array();
  for (const Json* node : nodes) list.push_back(*node);
  return list;
}

// The template for one element: that which its selector names in the reply, else the static one.
const Json* template_for(const ResponseSemantics& semantics, const Json& element,
                         const Json& reply) {
  const Json* usual = semantics.card.is_null() ? nullptr : &semantics.card;
  const auto selector = semantics.properties.find("template_selector");
  if (selector == semantics.properties.end()) return usual;
  const FoundNodes named = selected(selector->second, element);
  if (named.empty() || !named.front()->is_string()) return usual;
  const Result<JsonPath> path = JsonPath::parse(named.front()->get_ref<const std::string&>());
  const FoundNodes found = path ? selected(*path, reply) : FoundNodes();
  const bool card = !found.empty() && string_at(*found.front(), "type") == "AdaptiveCard";
  return card ? found.front() : usual;
}

Json properties_at(const ResponseSemantics& semantics, const Json& element) {
  Json item = Json::object();
  for (const auto& [name, path] : semantics.properties) {
    if (name == "template_selector") continue;
    const FoundNodes nodes = selected(path, element);
    if (!nodes.empty()) item[name] = *nodes.front();
  }
  return item;
}

// The cards of a result, within its bounds.
class CardList {
 public:
  explicit CardList(const PluginLimits& limits) : limits_(limits) {}

  void leave_out() { ++left_out_; }

  void add(const Json& card_template, const Json& element) {
    Result<Json> card = expand_card(card_template, element);
    if (!card) {
      ++left_out_;
      return;
    }
    const std::string text = card_as_text(*card);
    if (!text.empty()) text_ += (text_.empty() ? "" : "\n\n") + text;
    bytes_ += to_text(*card).size();
    cards_.push_back(std::move(*card));
  }

  void put_into(Json& value) const {
    if (cards_.empty()) return;
    value["text"] = shorten(text_, limits_.card_bytes_max);
    if (left_out_ > 0) value["cards_left_out"] = left_out_;
    if (bytes_ <= limits_.card_bytes_max) value["cards"] = cards_;
  }

 private:
  const PluginLimits& limits_;
  Json cards_ = Json::array();
  std::string text_;
  std::size_t bytes_ = 0;
  int left_out_ = 0;
};

}  // namespace

Json shaped_result(const ResponseSemantics& semantics, Json reply, const PluginLimits& limits) {
  Json value = Json::object();
  value["data"] = data_at(semantics.data_path, reply);
  Json& data = value["data"];
  if (data.is_null()) {
    value["note"] = "the manifest's data_path selects nothing; this is the whole reply";
    data = std::move(reply);
    return value;
  }
  const Json elements = data.is_array() ? data : Json::array({data});
  CardList cards(limits);
  Json items = Json::array();
  // A selector's path is the reply's own: it is followed for as many as may have a card, no more.
  std::size_t sought = 0;
  for (const Json& element : elements) {
    items.push_back(properties_at(semantics, element));
    if (++sought > limits.cards_max) {
      cards.leave_out();
      continue;
    }
    const Json* card = template_for(semantics, element, reply);
    if (card != nullptr) cards.add(*card, element);
  }
  if (!semantics.properties.empty()) value["items"] = std::move(items);
  cards.put_into(value);
  return value;
}

std::string confirmation_words(const std::string& text, const openapi::Operation* operation,
                               const Json& arguments) {
  static constexpr std::string_view kPrefix = "function.parameters.";
  std::string out;
  std::size_t from = 0;
  for (;;) {
    const std::size_t open = text.find("{{", from);
    const std::size_t close = open == std::string::npos ? open : text.find("}}", open);
    if (close == std::string::npos) break;
    std::string name(trim(std::string_view(text).substr(open + 2, close - open - 2)));
    const bool whole = name.starts_with(kPrefix);
    if (whole) name.erase(0, kPrefix.size());
    const std::string* known =
        operation == nullptr ? nullptr : openapi::argument_of(*operation, name);
    if (known != nullptr) name = *known;
    const bool bare = known != nullptr || (arguments.is_object() && arguments.contains(name));
    if (whole || bare) name.insert(0, kPrefix);
    out.append(text, from, open - from).append("{{ " + name + " }}");
    from = close + 2;
  }
  return out.append(text, from);
}

}  // namespace yoke
