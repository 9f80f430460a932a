#include "tools/plugins/function_words.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "runtime/base/counted.h"
#include "runtime/base/text.h"
#include "tools/plugins/card.h"
#include "tools/plugins/expand.h"

namespace yoke {
namespace {

constexpr std::size_t kUnfilledWordsMax = 10;
constexpr std::array<std::string_view, 6> kResultProperties = {"title",
                                                               "subtitle",
                                                               "url",
                                                               "thumbnail_url",
                                                               "information_protection_label",
                                                               "template_selector"};

void check_parameter(const ManifestNode& node) {
  node.only(
      {"type", "description", "items", "enum", "default", "format", "properties", "required"});
  for (const char* inner : {"properties", "required"}) {
    if (node.has(inner))
      node.at(inner).forbidden(
          "is no word for a parameter; it is used where "
          "the operation says none");
  }
  static constexpr std::array<std::string_view, 6> kTypes = {"string",  "array",  "boolean",
                                                             "integer", "number", "object"};
  const std::string type = node.text("type");
  if (!type.empty() && std::find(kTypes.begin(), kTypes.end(), type) == kTypes.end()) {
    node.at("type").error("there is no type '" + shorten(printable(type), 40) + "'");
  }
  for (const ManifestNode& choice : node.array("enum").items()) {
    if (!choice.value().is_string()) choice.forbidden("is no text; it is used all the same");
  }
}

Json read_parameters(const ManifestNode& function) {
  const ManifestNode node = function.object("parameters");
  if (!node.value().is_object()) return nullptr;
  node.only({"type", "properties", "required"});
  if (node.text("type") != "object") node.forbidden("'type' is not \"object\"; it is taken so");
  const ManifestNode properties = node.object("properties");
  Json read = {{"properties", Json::object()}, {"required", Json::array()}};
  if (properties.value().is_object()) {
    for (const auto& [name, value] : properties.value().items()) {
      const ManifestNode property = properties.at(name);
      if (!value.is_object()) {
        property.error("is no description of a parameter");
        continue;
      }
      check_parameter(property);
      read["properties"][name] = value;
    }
  }
  for (const std::string& name : node.texts("required")) {
    if (read["properties"].contains(name)) {
      read["required"].push_back(name);
    } else {
      node.at("required")
          .error("names '" + shorten(printable(name), 60) + "', which is no property");
    }
  }
  node.honoured(counted(std::ssize(read["properties"]), "parameter"));
  return read;
}

StateWords read_state(const ManifestNode& states, std::string_view key) {
  StateWords words;
  const ManifestNode node = states.object(key);
  if (!node.value().is_object()) return words;
  node.only({"description", "instructions", "examples"});
  words.description = node.text("description");
  const ManifestNode said = node.at("instructions");
  if (said.value().is_string()) {
    words.replaces = true;
    words.instructions.push_back(said.value().get<std::string>());
  } else {
    words.instructions = node.texts("instructions");
  }
  const ManifestNode examples = node.at("examples");
  if (examples.value().is_string()) {
    words.examples.push_back(examples.value().get<std::string>());
  } else {
    words.examples = node.texts("examples");
  }
  if (!words.empty()) node.honoured("the model reads it in this state, as untrusted text");
  return words;
}

void read_states(const ManifestNode& function, FunctionWords& words) {
  const ManifestNode states = function.object("states");
  states.only({"reasoning", "responding", "disengaging"});
  words.reasoning = read_state(states, "reasoning");
  words.responding = read_state(states, "responding");
  if (states.has("disengaging")) {
    states.at("disengaging").not_honoured("there is no such state here");
  }
}

// Only "{{ function.parameters.NAME }}" is filled in.
void tell_unfilled_words(const ManifestNode& confirmation, std::string_view key) {
  constexpr std::string_view kFilled = "function.parameters.";
  const Json& value = confirmation.at(key).value();
  if (!value.is_string()) return;
  const std::string_view text = value.get_ref<const std::string&>();
  std::set<std::string> told;
  for (std::size_t at = text.find("{{"); at != std::string_view::npos; at = text.find("{{", at)) {
    const std::size_t end = text.find("}}", at);
    if (end == std::string_view::npos) return;
    const std::string_view inner = trim(text.substr(at + 2, end - at - 2));
    at = end + 2;
    if (inner.starts_with(kFilled) || told.size() >= kUnfilledWordsMax) continue;
    const std::string shown = shorten(printable(std::string(inner)), 40);
    if (!told.insert(shown).second) continue;
    const bool section = inner.starts_with('#') || inner.starts_with('^') || inner.starts_with('/');
    confirmation.at(key).not_honoured(
        "'{{" + shown + "}}' stays as it is written" +
        (section ? ", and what stands in the section is always shown" : "") +
        ": only {{ function.parameters.NAME }} is filled in");
  }
}

std::optional<FunctionConfirmation> read_confirmation(const ManifestNode& capabilities) {
  if (!capabilities.has("confirmation")) return std::nullopt;
  const ManifestNode node = capabilities.object("confirmation");
  node.only({"type", "title", "body", "isNonConsequential"});
  FunctionConfirmation confirmation;
  const std::string type = node.text("type");
  confirmation.is_card = type == "AdaptiveCard";
  confirmation.is_none = type == "None";
  if (!type.empty() && !confirmation.is_card && !confirmation.is_none) {
    node.at("type").error("there is no confirmation '" + shorten(printable(type), 40) +
                          "'; there are None and AdaptiveCard");
  }
  confirmation.title = node.text("title");
  confirmation.body = node.text("body");
  for (const std::string_view key : {"title", "body"}) tell_unfilled_words(node, key);
  if (node.has("isNonConsequential")) {
    confirmation.is_non_consequential = node.flag("isNonConsequential");
  }
  node.honoured("its words are in the question when a call is asked about");
  return confirmation;
}

std::optional<JsonPath> read_path(const ManifestNode& owner, std::string_view key) {
  const std::string text = owner.text(key);
  if (text.empty()) return std::nullopt;
  Result<JsonPath> path = JsonPath::parse(text);
  if (path) return std::move(*path);
  owner.at(key).error(path.error().detail);
  return std::nullopt;
}

// The card that stands at `node`, or in the file that it names.
Json read_card(const ManifestNode& node, Package& package) {
  Json card = node.value();
  if (node.has("file")) {
    node.only({"file"});
    const std::optional<std::string> text = read_named_file(node.at("file"), package);
    if (!text) return nullptr;
    Result<Json> parsed = parse_json(without_bom(*text));
    if (!parsed) {
      node.at("file").error(parsed.error().detail);
      return nullptr;
    }
    card = std::move(*parsed);
  }
  if (!card.is_object()) return nullptr;
  if (string_at(card, "type") != "AdaptiveCard") node.forbidden("is no AdaptiveCard");
  const std::vector<std::string> problems = check_card(card);
  for (const std::string& problem : problems) node.error(problem);
  if (problems.empty()) {
    node.differently("the card is rendered as text, and kept beside it for hosts that show cards");
  }
  return card;
}

void read_properties(const ManifestNode& semantics, ResponseSemantics& response) {
  const ManifestNode properties = semantics.object("properties");
  properties.only({"title", "subtitle", "url", "thumbnail_url", "information_protection_label",
                   "template_selector"});
  for (const std::string_view key : kResultProperties) {
    if (std::optional<JsonPath> path = read_path(properties, key)) {
      response.properties.emplace(key, std::move(*path));
    }
  }
  if (!response.properties.empty()) properties.honoured("each result carries them");
}

std::optional<ResponseSemantics> read_response(const ManifestNode& capabilities, Package& package) {
  if (!capabilities.has("response_semantics")) return std::nullopt;
  const ManifestNode node = capabilities.object("response_semantics");
  node.only({"data_path", "properties", "static_template", "oauth_card_path"});
  std::optional<JsonPath> path = read_path(node, "data_path");
  if (!path) {
    if (!node.has("data_path")) node.error("'data_path' is missing");
    return std::nullopt;
  }
  node.at("data_path").honoured("the results are what it selects");
  ResponseSemantics response{std::move(*path)};
  read_properties(node, response);
  if (node.has("static_template")) {
    response.card = read_card(node.object("static_template"), package);
  }
  if (node.has("oauth_card_path")) {
    node.at("oauth_card_path").differently("sign-in is by `yoke plugins login`");
  }
  return response;
}

DataHandling read_data(const ManifestNode& capabilities) {
  DataHandling data;
  const ManifestNode info = capabilities.object("security_info");
  info.only({"data_handling"});
  if (!info.has("data_handling")) return data;
  data.told = true;
  const ManifestNode list = info.array("data_handling");
  const std::vector<std::pair<std::string_view, bool DataHandling::*>> known = {
      {"GetPublicData", &DataHandling::gets_public},
      {"GetPrivateData", &DataHandling::gets_private},
      {"DataTransform", &DataHandling::transforms},
      {"DataExport", &DataHandling::exports},
      {"ResourceStateUpdate", &DataHandling::updates}};
  for (const ManifestNode& item : list.items()) {
    const std::string word = item.value().is_string() ? item.value().get<std::string>() : "";
    const auto found =
        std::find_if(known.begin(), known.end(), [&](const auto& k) { return k.first == word; });
    if (found == known.end()) {
      item.error("there is no data handling '" + shorten(printable(word), 40) + "'");
    } else {
      data.*(found->second) = true;
    }
  }
  list.honoured("it decides the labels of results, and what a call may be mixed with");
  return data;
}

std::string read_returns(const ManifestNode& function) {
  const ManifestNode returns = function.object("returns");
  returns.only({"type", "description", "$ref"});
  if (returns.has("$ref")) returns.at("$ref").not_honoured("rich responses have no form here");
  return returns.text("description");
}

}  // namespace

std::optional<std::string> read_named_file(const ManifestNode& node, Package& package) {
  if (!node.value().is_string()) {
    node.error("is no file name");
    return std::nullopt;
  }
  const Result<std::string> path =
      package_path(node.file(), node.value().get_ref<const std::string&>());
  Result<std::string> text = path ? package.read(*path) : path.error();
  if (text) return std::move(*text);
  node.error(text.error().message());
  return std::nullopt;
}

std::optional<FunctionWords> read_function_words(const ManifestNode& node, Package& package) {
  if (!node.value().is_object()) {
    node.error("is no function");
    return std::nullopt;
  }
  node.only({"id", "name", "description", "parameters", "returns", "states", "capabilities"});
  FunctionWords words;
  words.pointer = node.pointer();
  words.name = node.text("name", {true, 0});
  if (words.name.empty()) {
    node.error("a function without a name cannot be called");
    return std::nullopt;
  }
  words.id = node.text("id");
  words.description = node.text("description");
  words.parameters = read_parameters(node);
  words.returns = read_returns(node);
  read_states(node, words);
  const ManifestNode capabilities = node.object("capabilities");
  capabilities.only({"confirmation", "response_semantics", "security_info"});
  words.confirmation = read_confirmation(capabilities);
  words.response = read_response(capabilities, package);
  words.data = read_data(capabilities);
  return words;
}

}  // namespace yoke
