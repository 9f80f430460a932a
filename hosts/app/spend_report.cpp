#include "hosts/app/spend_report.h"

#include <algorithm>
#include <map>

#include "runtime/base/saturating.h"
#include "runtime/base/text.h"

namespace yoke {
namespace {

bool is_time(SpendBy by) { return by == SpendBy::day || by == SpendBy::month; }

std::string name_text(SpendBy by, const std::string& name) {
  if (!name.empty()) return printable(name);
  return by == SpendBy::role ? "(asked for)" : "(none)";
}

std::string cost_text(const SpendSum& sum) {
  if (sum.unpriced_rows == 0) return to_dollars(sum.cost);
  if (sum.unpriced_rows == sum.rows) return "unknown";
  return to_dollars(sum.cost) + " + unknown";
}

std::string saved_text(const SpendLine& line) {
  if (!line.saved) return "unknown";
  if (*line.saved < 0) return "-" + to_dollars(-*line.saved);
  return *line.saved == 0 ? "-" : to_dollars(*line.saved);
}

// Of the money; of the requests where none was spent.
std::string estimated_text(const SpendSum& sum) {
  if (sum.estimated_rows == 0) return "-";
  if (sum.cost == 0) return std::to_string(100 * sum.estimated_rows / sum.rows) + "%";
  const auto part = static_cast<double>(sum.estimated_cost) / static_cast<double>(sum.cost);
  return std::to_string(static_cast<int>(part * 100 + 0.5)) + "%";
}

std::vector<std::string> cells_of(const std::string& name, const SpendLine& line) {
  const SpendSum& sum = line.sum;
  std::vector<std::string> cells = {name};
  for (const std::int64_t each :
       {sum.rows, sum.input, sum.cached, sum.cache_write, sum.output, sum.reasoning}) {
    cells.push_back(std::to_string(each));
  }
  cells.push_back(cost_text(sum));
  cells.push_back(saved_text(line));
  cells.push_back(estimated_text(sum));
  return cells;
}

Json line_json(const SpendLine& line) {
  Json out = to_json(line.sum);
  out["cache_saved_nanousd"] = line.saved ? Json(*line.saved) : Json(nullptr);
  return out;
}

}  // namespace

Json to_json(const SpendSum& sum) {
  return {{"requests", sum.rows},
          {"estimated_requests", sum.estimated_rows},
          {"unpriced_requests", sum.unpriced_rows},
          {"input", sum.input},
          {"cached", sum.cached},
          {"cache_write", sum.cache_write},
          {"output", sum.output},
          {"reasoning", sum.reasoning},
          {"nanousd", sum.cost},
          {"estimated_nanousd", sum.estimated_cost}};
}

void SpendLine::add(const LedgerRow& row, const std::optional<Price>& price) {
  sum.add(row);
  if (row.cached == 0 && row.cache_write == 0) return;
  if (!price || !saved) {
    saved.reset();
    return;
  }
  Usage plain;
  plain.input = saturating_add(row.cached, row.cache_write);
  Usage cached = plain;
  cached.cached = row.cached;
  cached.cache_write = row.cache_write;
  *saved += cost_of(plain, *price) - cost_of(cached, *price);
}

SpendReport spend_report(SpendBy by, const std::vector<LedgerRow>& ledger,
                         const PriceOf& price_of) {
  SpendReport report;
  report.by = by;
  std::map<std::string, SpendLine> lines;
  for (const LedgerRow& row : ledger) {
    const bool cached = row.cached > 0 || row.cache_write > 0;
    const std::optional<Price> price = cached ? price_of(row.target) : std::nullopt;
    const std::string name = spend_name(by, row);
    lines[name].add(row, price);
    report.total.add(row, price);
  }
  for (auto& [name, line] : lines) {
    line.name = name;
    report.lines.push_back(std::move(line));
  }
  if (!is_time(by)) {
    std::stable_sort(report.lines.begin(), report.lines.end(),
                     [](const auto& a, const auto& b) { return a.sum.cost > b.sum.cost; });
  }
  return report;
}

std::string spend_text(const SpendReport& report) {
  const std::string by(kSpendByNames[static_cast<std::size_t>(report.by)]);
  std::vector<std::vector<std::string>> rows = {{by, "requests", "input", "cached", "written",
                                                 "output", "reasoning", "cost", "saved",
                                                 "estimated"}};
  for (const SpendLine& line : report.lines) {
    rows.push_back(cells_of(name_text(report.by, line.name), line));
  }
  rows.push_back(cells_of("total", report.total));
  return aligned(rows);
}

Json spend_json(const SpendReport& report) {
  Json out{{"by", kSpendByNames[static_cast<std::size_t>(report.by)]},
           {"rows", Json::array()},
           {"total", line_json(report.total)}};
  for (const SpendLine& line : report.lines) {
    Json row = line_json(line);
    row["name"] = line.name;
    out["rows"].push_back(std::move(row));
  }
  return out;
}

std::string aligned(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const std::vector<std::string>& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], display_width(row[i]));
    }
  }
  std::string text;
  for (const std::vector<std::string>& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string gap(widths[i] - display_width(row[i]), ' ');
      text += i == 0 ? row[i] + gap : "  " + gap + row[i];
    }
    while (text.ends_with(' ')) text.pop_back();
    text += "\n";
  }
  return text;
}

}  // namespace yoke
