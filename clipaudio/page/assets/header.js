// The head of a clip: its title, facts and counts.

const fillHeader = (element, clip) => {
  const { levels, duration, facts, findings, issues } = clip;
  element.querySelector("h1").textContent = clip.title;
  const counted = [
    ["length", formatTime(duration)],
    ["words", levels.words.length],
    ["phones", levels.phones.length],
  ];
  element
    .querySelector(".facts")
    .append(
      ...[...facts, ...counted.filter(([, value]) => value)].map(([name, value]) =>
        makeElement(
          "div",
          "",
          makeElement("dt", "", name),
          makeElement("dd", "", makeElement("bdi", "", String(value))),
        ),
      ),
    );
  const badge = (count, one, many, className) =>
    makeElement("span", `badge ${className}`, `${count} ${count === 1 ? one : many}`);
  const guesses = findings.filter((finding) => finding.isGuess).length;
  const badges = [badge(findings.length, "finding", "findings", "")];
  if (guesses) badges.push(badge(guesses, "guess", "guesses", "warn"));
  if (issues.length) badges.push(badge(issues.length, "issue", "issues", "warn"));
  element.querySelector(".badges").append(...badges);
};
