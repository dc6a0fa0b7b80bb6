/** Words that made-up tables are written with. */
const words = (text: string): readonly string[] => text.split(" ");

export const FIRST_NAMES = words(
  "Anna Maria Peter Thomas Julia Michael Sarah Daniel Laura Stefan Emma Lukas Sophie Jan Lena Paul Marie David Lisa Felix Nina Martin " +
    "Clara Simon Eva Tobias Hannah Jonas Katharina Markus Elena Sebastian Amelie Florian Charlotte Oliver Isabel Philipp Mia Andreas " +
    "Theresa Benjamin Carla Robert Helen Patrick Johanna Erik Valentina George Rosa Vincent Greta Hugo Ines Leon Marta Nils Olga Pavel " +
    "Yusuf Aisha Mehmet Fatima Giulia Marco Chiara Luca Pierre Camille Sven Astrid Zofia Piotr Agnieszka Ivan Dmitri Svetlana Wei Li Priya Raj",
);
export const LAST_NAMES = words(
  "Müller Schmidt Schneider Fischer Weber Meyer Wagner Becker Schulz Hoffmann Koch Richter Klein Wolf Schröder Neumann Schwarz Zimmermann " +
    "Braun Krüger Hartmann Lange Werner Krause Lehmann Maier Köhler Herrmann König Walter Mayer Huber Kaiser Fuchs Peters Lang Scholz " +
    "Möller Weiß Jung Hahn Vogel Friedrich Keller Günther Frank Berger Winkler Roth Beck Lorenz Baumann Franke Albrecht Schuster Simon " +
    "Ludwig Böhm Winter Kraus Martin Schumacher Krämer Vogt Stein Jäger Otto Sommer Groß Seidel Heinrich Brandt Haas Schreiber Graf " +
    "Dietrich Ziegler Kuhn Kühn Pohl Engel Horn Busch Bergmann Thomas Voigt Sauer Arnold Wolff Pfeiffer Smith Jones Taylor Brown Rossi " +
    "Bianchi Dubois Moreau Nowak Kowalska Jensen Hansen Novak Svoboda Nguyen Kaya Yilmaz Silva Costa Ferreira O'Brien McDonald Ivanova Petrov",
);
/** City, postcode, region, country. */
export const CITIES: readonly (readonly [string, string, string, string])[] = [
  ["Berlin", "10115", "Berlin", "DE"],
  ["Hamburg", "20095", "Hamburg", "DE"],
  ["München", "80331", "Bayern", "DE"],
  ["Köln", "50667", "Nordrhein-Westfalen", "DE"],
  ["Frankfurt am Main", "60311", "Hessen", "DE"],
  ["Stuttgart", "70173", "Baden-Württemberg", "DE"],
  ["Düsseldorf", "40213", "Nordrhein-Westfalen", "DE"],
  ["Leipzig", "04109", "Sachsen", "DE"],
  ["Dresden", "01067", "Sachsen", "DE"],
  ["Hannover", "30159", "Niedersachsen", "DE"],
  ["Nürnberg", "90403", "Bayern", "DE"],
  ["Bremen", "28195", "Bremen", "DE"],
  ["Wien", "1010", "Wien", "AT"],
  ["Graz", "8010", "Steiermark", "AT"],
  ["Salzburg", "5020", "Salzburg", "AT"],
  ["Zürich", "8001", "Zürich", "CH"],
  ["Genève", "1201", "Genève", "CH"],
  ["Basel", "4051", "Basel-Stadt", "CH"],
  ["Augsburg", "86150", "Bayern", "DE"],
  ["Kiel", "24103", "Schleswig-Holstein", "DE"],
  ["Rostock", "18055", "Mecklenburg-Vorpommern", "DE"],
  ["Mainz", "55116", "Rheinland-Pfalz", "DE"],
  ["Innsbruck", "6020", "Tirol", "AT"],
  ["Bern", "3011", "Bern", "CH"],
  ["Erfurt", "99084", "Thüringen", "DE"],
];
export const STREETS = words(
  "Hauptstraße Bahnhofstraße Gartenweg Schulstraße Dorfstraße Bergstraße Lindenallee Kirchgasse Ringstraße Waldweg Mozartstraße Goetheplatz " +
    "Schillerstraße Seestraße Mühlweg Marktplatz Wiesenweg Rosenstraße Amselweg Industriestraße Uferpromenade Burgring",
);
export const COMPANIES = words(
  "Nordwind Albatros Kestrel Quercus Halden Brightwater Orion Lumen Tessera Vanguard Meridian Cobalt Ferrum Solaris Pinnacle Aurora Zenith " +
    "Marlin Hollis Copperfield Tarn Elster Rapid Civis Danube Helvetia Baltica Primus Junction Fairway",
);
export const COMPANY_FORMS = words("GmbH AG KG Ltd Inc SE");
export const NOUNS = words(
  "chair table lamp desk shelf sofa bench stool cabinet mirror rug curtain clock vase basket frame pillow blanket kettle bowl",
);
export const ADJECTIVES = words("oak walnut steel glass small large folding round square modern classic compact soft heavy light outdoor");
export const COLOURS = words("black white grey oak blue green red beige");
export const REMARKS: readonly string[] = [
  "Please call before delivery.",
  "Customer asked for an invoice by post",
  "left with neighbour",
  "Wants a callback on Tuesday, after 5 pm.",
  "Moved house; new address confirmed by phone",
  "2nd complaint about the same item",
  "ok",
  "Paid in cash at the counter, receipt no. 4711",
  "prefers e-mail",
  "Discount of 10 % agreed with J. Becker",
];
