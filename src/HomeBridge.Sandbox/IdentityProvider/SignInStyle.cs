namespace HomeBridge.Sandbox.IdentityProvider;

/// <summary>How Acme Home looks: warm, so that nobody takes it for the bridge.</summary>
internal static class SignInStyle
{
    public const string Css = """
        :root {
          color-scheme: light dark;
          --ground: #fdf6ec; --card: #fffdf9; --ink: #2d2420; --soft: #6b5d54; --line: #b9a798;
          --accent: #b4451f; --on-accent: #fff; --error: #a11526; --error-ground: #fdecec;
        }
        @media (prefers-color-scheme: dark) {
          :root {
            --ground: #1d1815; --card: #29221e; --ink: #f6ede6; --soft: #c3b3a7; --line: #7d6c60;
            --accent: #f0905f; --on-accent: #2a1207; --error: #ffb3b3; --error-ground: #4a1d20;
          }
        }
        * { box-sizing: border-box; }
        body {
          margin: 0; padding: 1rem; min-height: 100vh; background: var(--ground); color: var(--ink);
          font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
        }
        header {
          max-width: 24rem; margin: 4vh auto 1rem; display: flex; align-items: center; gap: .6rem;
          font-weight: 700; font-size: 1.1rem;
        }
        .mark {
          width: 1.6rem; height: 1.6rem; background: var(--accent);
          clip-path: polygon(50% 0, 100% 42%, 100% 100%, 0 100%, 0 42%);
        }
        main {
          max-width: 24rem; margin: 0 auto; padding: 1.5rem; background: var(--card); border-radius: 1rem;
          box-shadow: 0 1px 3px rgb(0 0 0 / .15), 0 8px 24px rgb(0 0 0 / .08);
        }
        h1 { margin: 0 0 .25rem; font-size: 1.6rem; line-height: 1.2; }
        p { margin: 0 0 1rem; color: var(--soft); }
        label { display: block; margin: 0 0 .25rem; font-weight: 600; }
        input {
          display: block; width: 100%; margin: 0 0 1rem; padding: .7rem .8rem; font: inherit; color: inherit;
          background: var(--ground); border: 1px solid var(--line); border-radius: .6rem;
        }
        button {
          display: block; width: 100%; padding: .8rem; font: inherit; font-weight: 700; cursor: pointer;
          color: var(--on-accent); background: var(--accent); border: 0; border-radius: .6rem;
        }
        :focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
        .error {
          padding: .7rem .8rem; color: var(--error); background: var(--error-ground); border-radius: .6rem;
        }
        .hint { margin: 1rem 0 0; font-size: .875rem; }

        """;
}
