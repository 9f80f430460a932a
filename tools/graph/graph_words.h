#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/base/result.h"

// Texts as Microsoft Graph's addresses and searches have them. Pure.
namespace yoke {

using GraphQuery = std::vector<std::pair<std::string, std::string>>;

// A segment of a path or a value of a query: all but RFC 3986's unreserved characters escaped.
std::string graph_escaped(std::string_view text);
// "$top=5&$search=%22pizza%22"; names stay as they are.
std::string graph_query_text(const GraphQuery& query);

// A question as words of the Keyword Query Language and nothing else: no operator, property,
// bracket, quote or wildcard of it is left, so that it cannot widen what it is joined to. At most
// 40 words.
std::string search_words(std::string_view question);
// One value behind "from:" and the like: an address or a name, quotes and marks taken out.
std::string search_value(std::string_view text);
// A day or moment of ISO 8601 in the form that "received>=" takes, "2026-11-22". Errors: invalid.
Result<std::string> search_day(std::string_view text);

// A hit's summary without its marks "<c0>", "</c0>" and "<ddd/>".
std::string plain_summary(std::string_view summary);

// "{301B3AF9-…}" as "301b3af9-…"; empty: it is no GUID.
std::string normal_guid(std::string_view text);

// What "%20" and the like stand for; a '%' that is no escape stays.
std::string unescaped(std::string_view text);

// An address in OneDrive or SharePoint as a place to search in: decoded, without query, page of a
// view or closing slash. Errors: invalid, unsupported: a sharing link or a page that says what it
// shows by a query does not say where it lies.
Result<std::string> file_place(const std::string& url);
// Whether what has this address is the place or lies below it. Letters compare without case, as
// SharePoint has them.
bool lies_at(const std::string& web_url, const std::string& place);

}  // namespace yoke
