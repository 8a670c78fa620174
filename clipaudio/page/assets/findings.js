// What repair found, what the service reported and what was guessed; each place of a finding can be heard.

const AROUND = 0.3; // seconds before and after a finding

const makeElement = (name, className, ...children) => {
  const element = document.createElement(name);
  if (className) element.className = className;
  element.append(...children);
  return element;
};

const listTexts = (title, texts, className) =>
  texts.length
    ? [
        makeElement("h2", "", title),
        makeElement("ul", className, ...texts.map((text) => makeElement("li", "", makeElement("bdi", "", text)))),
      ]
    : [];

const placeButton = ([start, end], hear) => {
  const button = makeElement("button", "place", formatTime(start, 2));
  button.type = "button";
  button.title = `Play ${AROUND} s around ${formatTime(start)} – ${formatTime(end)}`;
  button.setAttribute("aria-label", `Play around ${formatTime(start, 2)}`);
  button.addEventListener("click", () => hear(start - AROUND, end + AROUND));
  return button;
};

const describeFinding = (finding, hear) => {
  const item = makeElement("li", finding.isGuess ? "guess" : "");
  item.append(
    makeElement("b", "", finding.kind.replaceAll("_", " ")),
    makeElement("span", "level", finding.level),
    makeElement("bdi", "", finding.message),
  );
  const buttons = finding.places.map((place) => placeButton(place, hear));
  if (finding.placesLeftOut) buttons.push(makeElement("span", "more", `${finding.placesLeftOut} more`));
  if (buttons.length) item.append(makeElement("span", "places", ...buttons));
  return item;
};

const listFindings = (element, clip, hear) => {
  const { findings, issues, notes } = clip;
  element.append(...listTexts("Issues of the service", issues, "issues"));
  if (findings.length)
    element.append(
      makeElement("h2", "", "Repaired and estimated times"),
      makeElement("ul", "list", ...findings.map((finding) => describeFinding(finding, hear))),
    );
  element.append(...listTexts("Notes", notes, "notes"));
  if (!element.childElementCount)
    element.append(makeElement("p", "fine", "Nothing was repaired, estimated or guessed."));
};
