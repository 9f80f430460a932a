#include <algorithm>
#include <functional>

#include "tools/plugins/card_dates.h"
#include "tools/plugins/card_node.h"
#include "tools/plugins/card_values.h"

namespace yoke::card {
namespace {

// Both numbers; nothing where one is none.
template <class Work>
Json with_numbers(const Values& values, Work work) {
  if (values.size() != 2) return nullptr;
  if (!values[0].is_number() || !values[1].is_number()) return nullptr;
  return number_json(work(values[0].get<double>(), values[1].get<double>()));
}

std::optional<int> order_of(const Json& a, const Json& b) {
  if (a.is_string() && b.is_string()) {
    return a.get_ref<const std::string&>().compare(b.get_ref<const std::string&>());
  }
  if (!a.is_number() || !b.is_number()) return std::nullopt;
  return a < b ? -1 : (b < a ? 1 : 0);
}

template <class Test>
Json ordered(const Values& values, Test test) {
  if (values.size() != 2) return false;
  const std::optional<int> order = order_of(values[0], values[1]);
  return order && test(*order);
}

// Of a list, or of all arguments.
template <class Work>
Json folded(const Values& values, Work work) {
  const bool listed = values.size() == 1 && values[0].is_array();
  const Values items = listed ? Values(values[0].begin(), values[0].end()) : values;
  std::optional<double> result;
  for (const Json& item : items) {
    if (!item.is_number()) return nullptr;
    result = result ? work(*result, item.get<double>()) : item.get<double>();
  }
  return result ? number_json(*result) : Json(nullptr);
}

Json average(const Values& values) {
  const Json sum = folded(values, [](double a, double b) { return a + b; });
  if (!sum.is_number()) return nullptr;
  const bool listed = values.size() == 1 && values[0].is_array();
  return number_json(sum.get<double>() /
                     static_cast<double>(listed ? values[0].size() : values.size()));
}

Json rounded(const Values& values) {
  if (values.empty() || !values[0].is_number()) return nullptr;
  const double scale = std::pow(10.0, static_cast<double>(std::clamp<std::int64_t>(
                                          integer_of(values, 1).value_or(0), 0, 15)));
  return number_json(std::round(values[0].get<double>() * scale) / scale);
}

Json added(const Values& values) {
  const bool texts =
      std::any_of(values.begin(), values.end(), [](const Json& v) { return v.is_string(); });
  if (!texts) return folded(values, [](double a, double b) { return a + b; });
  std::string out;
  for (const Json& value : values) out += card_text_of(value);
  return out;
}

// "1,234.50"
Json formatted_number(const Values& values) {
  if (values.empty()) return nullptr;
  const std::optional<double> number = number_of(values[0]);
  if (!number || std::fabs(*number) > 1e18) return nullptr;
  const int digits =
      static_cast<int>(std::clamp<std::int64_t>(integer_of(values, 1).value_or(2), 0, 15));
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", digits, std::fabs(*number));
  std::string out = text;
  const std::size_t point = std::min(out.find('.'), out.size());
  for (std::size_t at = point; at > 3;) out.insert(at -= 3, ",");
  const bool zero = out.find_first_not_of("0.,") == std::string::npos;
  return *number < 0 && !zero ? "-" + out : out;
}

Json empty_value(const Values& values) {
  if (values.empty() || values[0].is_null()) return true;
  if (values[0].is_string()) return values[0].get_ref<const std::string&>().empty();
  return values[0].is_structured() && values[0].empty();
}

void add_logic(FunctionTable& table) {
  table["equals"] = [](const Values& v) -> Json { return v.size() == 2 && v[0] == v[1]; };
  table["notEquals"] = [](const Values& v) -> Json { return v.size() == 2 && v[0] != v[1]; };
  table["not"] = [](const Values& v) -> Json { return !truth(first_of(v)); };
  table["exists"] = [](const Values& v) -> Json { return !first_of(v).is_null(); };
  table["less"] = [](const Values& v) { return ordered(v, [](int o) { return o < 0; }); };
  table["lessOrEquals"] = [](const Values& v) { return ordered(v, [](int o) { return o <= 0; }); };
  table["greater"] = [](const Values& v) { return ordered(v, [](int o) { return o > 0; }); };
  table["greaterOrEquals"] = [](const Values& v) {
    return ordered(v, [](int o) { return o >= 0; });
  };
  table["empty"] = empty_value;
  table["isString"] = [](const Values& v) -> Json { return first_of(v).is_string(); };
  table["isArray"] = [](const Values& v) -> Json { return first_of(v).is_array(); };
  table["isObject"] = [](const Values& v) -> Json { return first_of(v).is_object(); };
  table["isBoolean"] = [](const Values& v) -> Json { return first_of(v).is_boolean(); };
  table["isInteger"] = [](const Values& v) -> Json { return first_of(v).is_number_integer(); };
  table["isFloat"] = [](const Values& v) -> Json { return first_of(v).is_number_float(); };
  table["bool"] = [](const Values& v) -> Json { return truth(first_of(v)); };
}

void add_numbers(FunctionTable& table) {
  table["int"] = [](const Values& v) -> Json {
    const std::optional<std::int64_t> number = integer_of(v, 0);
    return number ? Json(*number) : Json(nullptr);
  };
  table["float"] = [](const Values& v) -> Json {
    const std::optional<double> number = number_of(first_of(v));
    return number ? Json(*number) : Json(nullptr);
  };
  table["formatNumber"] = formatted_number;
  table["add"] = added;
  table["sub"] = [](const Values& v) { return folded(v, std::minus<>()); };
  table["mul"] = [](const Values& v) { return folded(v, std::multiplies<>()); };
  table["div"] = [](const Values& v) {
    const bool whole = v.size() == 2 && v[0].is_number_integer() && v[1].is_number_integer();
    return with_numbers(v, [&](double a, double b) { return whole ? std::trunc(a / b) : a / b; });
  };
  table["mod"] = [](const Values& v) {
    return with_numbers(v, [](double a, double b) { return std::fmod(a, b); });
  };
  table["exp"] = [](const Values& v) {
    return with_numbers(v, [](double a, double b) { return std::pow(a, b); });
  };
  table["min"] = [](const Values& v) {
    return folded(v, [](double a, double b) { return std::min(a, b); });
  };
  table["max"] = [](const Values& v) {
    return folded(v, [](double a, double b) { return std::max(a, b); });
  };
  table["sum"] = [](const Values& v) { return folded(v, std::plus<>()); };
  table["average"] = average;
  table["round"] = rounded;
  table["floor"] = [](const Values& v) -> Json {
    return first_of(v).is_number() ? number_json(std::floor(v[0].get<double>())) : Json(nullptr);
  };
  table["ceiling"] = [](const Values& v) -> Json {
    return first_of(v).is_number() ? number_json(std::ceil(v[0].get<double>())) : Json(nullptr);
  };
}

void add_dates(FunctionTable& table) {
  table["formatDateTime"] = [](const Values& v) {
    return format_card_date(text_of(v, 0), text_of(v, 1));
  };
  table["formatEpoch"] = [](const Values& v) -> Json {
    const std::optional<std::int64_t> at = integer_of(v, 0);
    return at ? format_card_epoch(*at, text_of(v, 1)) : Json(nullptr);
  };
  table["date"] = [](const Values& v) { return format_card_date(text_of(v, 0), "M/dd/yyyy"); };
  table["year"] = [](const Values& v) {
    return parsed_json({format_card_date(text_of(v, 0), "yyyy")});
  };
  table["month"] = [](const Values& v) {
    return parsed_json({format_card_date(text_of(v, 0), "%M")});
  };
  table["dayOfMonth"] = [](const Values& v) {
    return parsed_json({format_card_date(text_of(v, 0), "%d")});
  };
  table["addDays"] = [](const Values& v) -> Json {
    const std::optional<std::int64_t> days = integer_of(v, 1);
    return days ? add_to_card_date(text_of(v, 0), *days * 86'400, text_of(v, 2)) : Json(nullptr);
  };
  table["addHours"] = [](const Values& v) -> Json {
    const std::optional<std::int64_t> hours = integer_of(v, 1);
    return hours ? add_to_card_date(text_of(v, 0), *hours * 3600, text_of(v, 2)) : Json(nullptr);
  };
}

const FunctionTable& functions() {
  static const FunctionTable table = [] {
    FunctionTable made;
    add_logic(made);
    add_texts(made);
    add_lists(made);
    add_numbers(made);
    add_dates(made);
    return made;
  }();
  return table;
}

}  // namespace

const FunctionTable& all_functions() { return functions(); }

}  // namespace yoke::card

namespace yoke {

bool is_card_function(const std::string& name) {
  for (std::string_view lazy : {"if", "and", "or", "coalesce", "select", "foreach", "where"}) {
    if (name == lazy) return true;
  }
  return card::all_functions().contains(name);
}

Json call_card_function(const std::string& name, const std::vector<Json>& arguments) {
  const auto found = card::all_functions().find(name);
  return found == card::all_functions().end() ? Json(nullptr) : found->second(arguments);
}

}  // namespace yoke
