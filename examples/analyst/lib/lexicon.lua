-- The words the scripted model knows. A word that is in none of these tables, is no name in the
-- data
-- and no date is not understood, and the question is then declined rather than half answered.
local lexicon = {}

local function set(text)
  local found = {}
  for word in text:gmatch("%S+") do found[word] = true end
  return found
end

-- Words that change nothing.
lexicon.idle = set [[
  a an the of in on at for to by with from as into during within over across was were is are be
  been being did do does has have had there here this these those and or then please could can
  would you me i we us my our your tell show give find know want like let see saw seen look say
  said sell sells go goes went work works hello hi hey thanks thank ok okay so well just also now
  about roughly exactly actually really recorded reported measured observed occurred occur occurs
  happened happen reached reach got get gets experienced experience data dataset file csv table
  answer question calculate compute determine report figure out which what how it that worked
  according any ever overall whole entire full all period available stay stayed stays hit hits
  point come came take took make made much many same then
]]

-- Words that say the question is of a kind this model does not answer.
lexicon.refused = {
  { "it asks for a forecast, and the data only tell what was", set [[
    forecast forecasts predict prediction predicted tomorrow future expect expected next upcoming
    projected projection will
  ]]
    },
  { "it asks for a cause, and the data only tell what was",
    set "why cause causes caused because reason reasons explain due" },
  { "correlations and other relations between columns are beyond me",
    set [[
      correlation correlate correlated correlates relationship relation relate regression trend
    ]] },
  { "that statistic is beyond me", set [[
    variance deviation percentile quartile skew kurtosis outlier outliers range spread mode
    histogram distribution std stdev variability volatile
  ]] },
  { "runs of consecutive rows are beyond me", set "consecutive streak streaks successive" },
  { "weeks and seasons are no units I can group by",
    set "week weeks weekly seasons season fortnight" },
  { "I have no clock, so name the period by its date",
    set "today yesterday recent recently latest current currently nowadays" },
  { "I judge nothing; I only give figures",
    set "best worst better worse good bad nice nicest should recommend opinion normal unusual" },
}

-- Words that mean the same in a column's name and in a question.
lexicon.groups = {
  "rain rainfall precipitation precip prcp rained raining rains", "temp temperature tmp",
  "max maximum high", "min minimum low",
  "wind windspeed", "quantity qty unit sold", "sale revenue turnover takings",
  "customer client buyer", "product item article", "city town", "country nation",
  "employment employee worker staff job headcount payroll employed employ people working",
  "salary wage pay earning", "population inhabitant resident people", "weight mass",
    "visitor visit",
  "transportation transport", "us usa america american", "mean average avg", "snowfall snow",
}

-- Nouns that may follow a column's name and add nothing ("wind speed", "manufacturing jobs").
lexicon.trailing = set [[
  speed speeds type types category level levels value values amount amounts figure figures reading
  readings sector sectors industry industries column columns number numbers rate temperature
  temperatures
]]

-- What an adjective says: {concept, direction}. A concept is a list of stems looked for in the
-- names
-- of columns, the first list that fits.
lexicon.concepts = {
  rain = { "rain", "rainfall", "precipitation", "precip", "prcp" },
  high = { "temp+max", "temperature+high", "tmax", "temp", "temperature" },
  low = { "temp+min", "temperature+low", "tmin", "temp", "temperature" },
  wind = { "wind", "windspeed" },
  price = { "price", "cost" },
  weight = { "weight", "mass" },
  age = { "age" },
  height = { "height" },
  length = { "length", "duration" },
  speed = { "speed", "velocity" },
  population = { "population" },
}

lexicon.adjectives = {
  { "wet wetter wettest", "rain", "max" },
  { "dry drier driest", "rain", "min" }, { "dry dryer dryest", "rain", "min" },
  { "rainy rainier rainiest", "rain", "max" },
  { "hot hotter hottest", "high", "max" }, { "warm warmer warmest", "high", "max" },
  { "cold colder coldest", "low", "min" }, { "cool cooler coolest", "low", "min" },
  { "chilly chillier chilliest", "low", "min" },
  { "windy windier windiest", "wind", "max" }, { "calm calmer calmest", "wind", "min" },
  { "expensive - priciest", "price", "max" }, { "cheap cheaper cheapest", "price", "min" },
  { "old older oldest", "age", "max" }, { "young younger youngest", "age", "min" },
  { "tall taller tallest", "height", "max" }, { "populous - -", "population", "max" },
  { "fast faster fastest", "speed", "max" }, { "slow slower slowest", "speed", "min" },
}

-- Superlatives and comparatives that need a column beside them; some have one of their own.
lexicon.superlatives = {
  max = set [[
    highest most largest biggest greatest maximum max top peak peaked strongest heaviest longest
  ]],
  min = set "lowest least smallest fewest minimum min weakest lightest shortest bottom",
}
lexicon.comparatives = {
  max = set "higher more larger bigger greater stronger heavier longer",
  min = set "lower less smaller fewer weaker lighter shorter",
}

lexicon.functions = {
  mean = set "mean average avg averaged averages means",
  sum = set "total sum totals altogether totalled totaled combined cumulative",
  median = set "median",
}

lexicon.changes = {
  up = set [[
    grow grew grown growth rise rose risen increase increased increases gain gained gains climb
    climbed
  ]],
  down = set [[
    fall fell fallen drop dropped drops decline declined declines decrease decreased decreases
    shrink shrank lose lost loss losses
  ]],
  any = set "change changed changes develop developed evolve evolved",
}

lexicon.units = {
  day = set "day days date dates daily", month = set "month months monthly",
  year = set "year years yearly annual annually", quarter = set "quarter quarters quarterly",
  weekday = set "weekday weekdays",
  row = set "row rows record records entry entries line lines time times observation observations",
}

-- Phrases with a meaning of their own, longest first.
lexicon.phrases = {
  { "day of the week", "weekday" }, { "days of the week", "weekday" },
  { "month of the year", "calendar" }, { "calendar month", "calendar" },
  { "calendar months", "calendar" },
  { "how many times", "how_many_times" }, { "how often", "how_many_times" },
  { "how many different", "how_many_kinds" }, { "how many distinct", "how_many_kinds" },
  { "how many kinds of", "how_many_kinds" }, { "how many types of", "how_many_kinds" },
  { "how many", "how_many" }, { "number of", "how_many" }, { "count of", "how_many" },
  { "count", "how_many" }, { "how much", "how_much" },
  { "by how much", "tail" }, { "and by how much", "tail" },
  { "and when was that", "tail" }, { "and when was it", "tail" }, { "and when did it happen",
    "tail" },
  { "and when", "tail" }, { "and on which day", "tail" }, { "and on what day", "tail" },
  { "and how much was it", "tail" }, { "and how much was that", "tail" },
    { "and how much", "tail" },
  { "and what was it", "tail" }, { "and how many", "tail" },
  { "most common", "common" }, { "most frequent", "common" }, { "most often", "common" },
  { "most frequently", "common" }, { "more often", "more_often" },
  { "more frequently", "more_often" }, { "less often", "less_often" }, { "least common", "rare" },
    { "least frequent", "rare" },
  { "kinds of", "kinds" }, { "kind of", "kinds" }, { "types of", "kinds" }, { "type of", "kinds" },
  { "sorts of", "kinds" }, { "different", "kinds" }, { "distinct", "kinds" }, { "unique", "kinds" },
  { "possible", "kinds" },
  { "in percent", "percent_change" }, { "percentage of", "share" }, { "percent of", "share" },
  { "share of", "share" }, { "proportion of", "share" }, { "fraction of", "share" },
  { "what percentage", "share" }, { "what percent", "share" },
    { "how many percent", "percent_change" },
  { "percent", "percent_change" }, { "percentage", "percent_change" },
  { "compared to", "compare" }, { "compared with", "compare" }, { "compared", "compare" },
  { "compare", "compare" }, { "compares", "compare" }, { "comparison", "compare" },
  { "versus", "compare" }, { "vs", "compare" }, { "difference", "difference" },
  { "differ", "difference" }, { "differs", "difference" }, { "relative to", "compare" },
  { "as against", "compare" }, { "than", "than" }, { "per", "per" }, { "each", "per" },
  { "every", "per" }, { "for each", "per" }, { "grouped by", "per" }, { "broken down by", "per" },
  { "list", "list" }, { "on record", "everything" }, { "whole period", "everything" },
    { "entire period", "everything" },
  { "whole data set", "everything" }, { "all years", "everything" },
    { "overall average", "everything" },
  { "overall mean", "everything" }, { "all the years", "everything" }, { "other years", "others" },
  { "the rest", "others" }, { "whole year", "its_year" }, { "full year", "its_year" },
  { "year as a whole", "its_year" }, { "entire year", "its_year" },
  { "its", "it" }, { "that month", "it" }, { "that year", "it" }, { "that day", "it" },
  { "that quarter", "it" }, { "same month", "it" }, { "same year", "it" }, { "same day", "it" },
  { "same period", "it" }, { "that period", "it" }, { "when", "when" }, { "what day", "which_day" },
  { "in terms of", "nothing" },
  { "with regard to", "nothing" }, { "with respect to", "nothing" }, { "no", "no" },
    { "without", "no" }, { "without any", "no" }, { "top", "top" },
}

lexicon.units_of_measure = {
  mm = "mm", millimetres = "mm", millimeters = "mm", millimetre = "mm", millimeter = "mm",
  cm = "cm", inches = "in", inch = "in", celsius = "°C", c = "°C", centigrade = "°C",
  fahrenheit = "°F", f = "°F", mps = "m/s", kmh = "km/h", mph = "mph", knots = "kn",
  degrees = "degrees", degree = "degrees", thousand = "thousand", million = "million",
  euros = "EUR", euro = "EUR", eur = "EUR", dollars = "USD", usd = "USD", kg = "kg",
}

-- Whether figures of a column with these words in its name are amounts that can be added up over
-- time.
lexicon.amounts = set [[
  rain rainfall precipitation precip prcp snowfall sale sales revenue amount quantity qty unit
  units count total profit order orders visit visits visitors change births deaths income turnover
  spend spent spending cost hours minutes sold volume donations goals emissions production
]]

return lexicon
