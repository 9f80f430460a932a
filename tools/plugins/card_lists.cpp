#include <algorithm>

#include "runtime/base/ascii.h"
#include "tools/plugins/card_values.h"

// Functions of expressions over texts and lists.
namespace yoke::card {
namespace {

constexpr std::size_t kItemsMax = 10'000;

std::int64_t letters_of(const std::string& text) {
  return std::count_if(text.begin(), text.end(),
                       [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
}

Json size_of(const Values& values) {
  if (values.empty()) return nullptr;
  if (values[0].is_string()) return letters_of(values[0].get_ref<const std::string&>());
  return values[0].is_structured() ? Json(values[0].size()) : Json(nullptr);
}

// The byte at which the n-th character begins; the end where there are fewer.
std::size_t byte_of(const std::string& text, std::int64_t character) {
  std::size_t at = 0;
  for (; at < text.size(); ++at) {
    const bool starts = (static_cast<unsigned char>(text[at]) & 0xC0) != 0x80;
    if (starts && character-- == 0) return at;
  }
  return at;
}

Json substring(const Values& values) {
  const std::string text = text_of(values, 0);
  const std::optional<std::int64_t> start = integer_of(values, 1);
  const std::int64_t length = integer_of(values, 2).value_or(letters_of(text));
  if (!start || *start < 0 || length < 0) return nullptr;
  const std::size_t from = byte_of(text, *start);
  const std::string rest = text.substr(from);
  return rest.substr(0, byte_of(rest, length));
}

std::string replaced(const std::string& text, const std::string& what, const std::string& with,
                     bool any_case) {
  if (what.empty()) return text;
  const std::string where = any_case ? to_lower(text) : text;
  const std::string wanted = any_case ? to_lower(what) : what;
  std::string out;
  std::size_t from = 0;
  for (std::size_t at = where.find(wanted); at != std::string::npos && out.size() < (1u << 20);
       at = where.find(wanted, from)) {
    out.append(text, from, at - from).append(with);
    from = at + what.size();
  }
  return out.append(text, from);
}

Json split_text(const Values& values) {
  const std::string text = text_of(values, 0);
  const std::string mark = text_of(values, 1);
  Json parts = Json::array();
  if (mark.empty()) return Json::array({text});
  std::size_t from = 0;
  for (std::size_t at = text.find(mark); at != std::string::npos && parts.size() < kItemsMax;
       at = text.find(mark, from)) {
    parts.push_back(text.substr(from, at - from));
    from = at + mark.size();
  }
  parts.push_back(text.substr(from));
  return parts;
}

Json join_list(const Values& values) {
  if (values.empty() || !values[0].is_array()) return nullptr;
  std::string out;
  const std::size_t size = values[0].size();
  for (std::size_t i = 0; i < size; ++i) {
    const bool last = i + 1 == size && values.size() > 2;  // join(list, ', ', ' and ')
    if (i > 0) out += text_of(values, last ? 2 : 1);
    out += card_text_of(values[0][i]);
  }
  return out;
}

Json contains(const Values& values) {
  if (values.size() != 2) return false;
  const Json& whole = values[0];
  if (whole.is_string())
    return whole.get<std::string>().find(text_of(values, 1)) != std::string::npos;
  if (whole.is_array()) return std::find(whole.begin(), whole.end(), values[1]) != whole.end();
  return whole.is_object() && values[1].is_string() && whole.contains(values[1].get<std::string>());
}

Json index_of(const Values& values, bool last) {
  if (values.size() != 2) return nullptr;
  if (values[0].is_array()) {
    for (std::size_t i = 0; i < values[0].size(); ++i) {
      const std::size_t at = last ? values[0].size() - 1 - i : i;
      if (values[0][at] == values[1]) return at;
    }
    return -1;
  }
  const std::string text = text_of(values, 0);
  const std::size_t at = last ? text.rfind(text_of(values, 1)) : text.find(text_of(values, 1));
  return at == std::string::npos ? Json(-1) : Json(letters_of(text.substr(0, at)));
}

Json edge_of(const Values& values, bool last) {
  if (values.empty() || values[0].empty()) return nullptr;
  if (values[0].is_array()) return last ? values[0].back() : values[0].front();
  const std::string text = text_of(values, 0);
  const std::int64_t letters = letters_of(text);
  return last ? text.substr(byte_of(text, letters - 1)) : text.substr(0, byte_of(text, 1));
}

// take: the first n; skip: all but the first n.
Json slice_of(const Values& values, bool skips) {
  const std::optional<std::int64_t> count = integer_of(values, 1);
  if (!count || values[0].is_null()) return nullptr;
  const std::int64_t n = std::max<std::int64_t>(*count, 0);
  if (!values[0].is_array()) {
    const std::string text = text_of(values, 0);
    const std::size_t at = byte_of(text, n);
    return skips ? text.substr(at) : text.substr(0, at);
  }
  Json out = Json::array();
  for (std::size_t i = 0; i < values[0].size(); ++i) {
    if ((static_cast<std::int64_t>(i) < n) != skips) out.push_back(values[0][i]);
  }
  return out;
}

Json sorted(const Values& values) {
  if (values.empty() || !values[0].is_array()) return nullptr;
  Values items(values[0].begin(), values[0].end());
  const std::string key = text_of(values, 1);
  const auto key_of = [&](const Json& item) -> const Json& {
    return key.empty() ? item : member_at(item, key);
  };
  std::stable_sort(items.begin(), items.end(),
                   [&](const Json& a, const Json& b) { return key_of(a) < key_of(b); });
  return Json(items);
}

void flatten_into(const Json& list, std::int64_t depth, Json& out) {
  for (const Json& item : list) {
    if (item.is_array() && depth > 0) {
      flatten_into(item, depth - 1, out);
    } else if (out.size() < kItemsMax) {
      out.push_back(item);
    }
  }
}

// union: what is in any; intersection: what is in all. Each once.
Json set_of(const Values& values, bool of_all) {
  Json out = Json::array();
  for (const Json& list : values) {
    if (!list.is_array()) return nullptr;
    for (const Json& item : list) {
      const auto has = [&](const Json& other) {
        return std::find(other.begin(), other.end(), item) != other.end();
      };
      if (out.size() < 1000 && !has(out) &&
          (!of_all || std::all_of(values.begin(), values.end(), has))) {
        out.push_back(item);
      }
    }
  }
  return out;
}

Json concatenated(const Values& values) {
  const bool lists = !values.empty() && std::all_of(values.begin(), values.end(),
                                                    [](const Json& v) { return v.is_array(); });
  if (lists) {
    Json out = Json::array();
    for (const Json& list : values) out.insert(out.end(), list.begin(), list.end());
    return out;
  }
  std::string out;
  for (const Json& value : values) out += card_text_of(value);
  return out;
}

Json range_of(const Values& values) {
  const std::optional<std::int64_t> from = integer_of(values, 0);
  const std::optional<std::int64_t> count = integer_of(values, 1);
  if (!from || !count || *count < 0 || *count > 1000) return nullptr;
  Json out = Json::array();
  for (std::int64_t i = 0; i < *count; ++i) out.push_back(*from + i);
  return out;
}

Json uri_component(const Values& values) {
  static constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text_of(values, 0)) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || std::string_view("-_.~").find(c) != std::string_view::npos) {
      out += c;
    } else {
      out += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
    }
  }
  return out;
}

Json reversed(const Values& values) {
  if (values.empty() || !values[0].is_array()) return nullptr;
  return Json(Values(values[0].rbegin(), values[0].rend()));
}

Json properties_of(const Values& values, bool names) {
  if (values.empty() || !values[0].is_object()) return nullptr;
  Json out = Json::array();
  for (const auto& [key, value] : values[0].items()) out.push_back(names ? Json(key) : value);
  return out;
}

}  // namespace

void add_texts(FunctionTable& table) {
  table["length"] = size_of;
  table["count"] = size_of;
  table["concat"] = concatenated;
  table["string"] = [](const Values& v) -> Json { return text_of(v, 0); };
  table["toUpper"] = [](const Values& v) -> Json { return to_upper(text_of(v, 0)); };
  table["toLower"] = [](const Values& v) -> Json { return to_lower(text_of(v, 0)); };
  table["trim"] = [](const Values& v) -> Json { return std::string(trim(text_of(v, 0))); };
  table["substring"] = substring;
  table["replace"] = [](const Values& v) -> Json {
    return replaced(text_of(v, 0), text_of(v, 1), text_of(v, 2), false);
  };
  table["replaceIgnoreCase"] = [](const Values& v) -> Json {
    return replaced(text_of(v, 0), text_of(v, 1), text_of(v, 2), true);
  };
  table["split"] = split_text;
  table["join"] = join_list;
  table["startsWith"] = [](const Values& v) -> Json {
    return text_of(v, 0).starts_with(text_of(v, 1));
  };
  table["endsWith"] = [](const Values& v) -> Json {
    return text_of(v, 0).ends_with(text_of(v, 1));
  };
  table["indexOf"] = [](const Values& v) { return index_of(v, false); };
  table["lastIndexOf"] = [](const Values& v) { return index_of(v, true); };
  table["uriComponent"] = uri_component;
  table["json"] = parsed_json;
}

void add_lists(FunctionTable& table) {
  table["contains"] = contains;
  table["first"] = [](const Values& v) { return edge_of(v, false); };
  table["last"] = [](const Values& v) { return edge_of(v, true); };
  table["take"] = [](const Values& v) { return slice_of(v, false); };
  table["skip"] = [](const Values& v) { return slice_of(v, true); };
  table["reverse"] = reversed;
  table["sortBy"] = sorted;
  table["createArray"] = [](const Values& v) { return Json(v); };
  table["union"] = [](const Values& v) { return set_of(v, false); };
  table["unique"] = table["union"];
  table["intersection"] = [](const Values& v) { return set_of(v, true); };
  table["flatten"] = [](const Values& v) -> Json {
    Json out = Json::array();
    if (!v.empty())
      flatten_into(v[0], std::min<std::int64_t>(integer_of(v, 1).value_or(32), 32), out);
    return out;
  };
  table["range"] = range_of;
  table["getProperty"] = [](const Values& v) -> Json {
    return v.size() == 2 && v[1].is_string() ? member_at(v[0], v[1].get<std::string>())
                                             : Json(nullptr);
  };
  table["keys"] = [](const Values& v) { return properties_of(v, true); };
  table["values"] = [](const Values& v) { return properties_of(v, false); };
}

}  // namespace yoke::card
