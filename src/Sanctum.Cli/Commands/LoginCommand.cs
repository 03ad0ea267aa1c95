using System.CommandLine;
using Sanctum.Cli.CommandLine;
using Sanctum.Cli.Operators;
using Sanctum.Cli.Output;
using Sanctum.Cli.Policies;
using Sanctum.Daemon.Admin;

namespace Sanctum.Cli.Commands;

/// <summary><c>sanctum login</c></summary>
internal static class LoginCommand
{
    public static Command Create(Runner runner)
    {
        var scopes = new Option<string[]>("--scope")
        {
            Description = "The token's scopes, with commas or repeated: read, approve, manage, secrets. Default: all but secrets",
            HelpName = "S[,S]",
            DefaultValueFactory = _ => [],
        };
        var bind = new Option<bool>("--bind-session") { Description = "Only processes of this terminal session can use the token" };
        var command = new Command("login", "Print an operator token, which replaces the passphrase for a while") { scopes, bind };
        return runner.Bind(command, run => RunAsync(run, Scopes(run.Get(scopes) ?? []), run.Get(bind)));
    }

    private static async Task RunAsync(Run run, OperatorScopes scopes, bool bind)
    {
        var daemon = await run.Operators.RequireDaemonAsync(run.Cancelled).ConfigureAwait(false);
        if (daemon.Sealed)
        {
            throw CliErrors.Sealed();
        }

        var login = await run.Operators.WithPassphraseAsync(it => run.Operators.Admin.LoginAsync(it, scopes, bind, run.Cancelled)).ConfigureAwait(false);
        run.Terminal.Result(
            new TokenDocument(login.Token, login.ExpiresAt, login.Scopes ?? [], login.BoundToSession), json => json.TokenDocument,
            () => run.Terminal.Line(login.Token));
        if (login.Warning is { } warning)
        {
            run.Terminal.Warn(warning);
        }

        Explain(run, login);
    }

    private static void Explain(Run run, LoginView login)
    {
        run.Terminal.Note($"the token has the scopes {string.Join(", ", login.Scopes ?? [])}; it is valid until {Times.Local(login.ExpiresAt)}, or until the vault is sealed");
        run.Terminal.Note(login.BoundToSession
            ? "only processes of this terminal session can use it; do not start agents from it"
            : $"in {OperatorConnection.TokenVariable}, every process of your user can read it from /proc/PID/environ, and use it");
        run.Terminal.Note($"to use it in this shell: export {OperatorConnection.TokenVariable}=$(sanctum login --bind-session)");
    }

    private static OperatorScopes Scopes(string[] given)
    {
        List<string> names = [];
        foreach (var some in given)
        {
            names.AddRange(CommaSeparated.TryParse(some, out var split) ? split : throw CliErrors.Usage("--scope has an empty name in it"));
        }

        var unknown = names.Find(name => !ScopeNames.All.Contains(name));
        return unknown is not null
            ? throw CliErrors.UnknownWord(unknown, ScopeNames.All, "there is no such scope", it => $"there is no scope '{it}'", $"there are {string.Join(", ", ScopeNames.All)}")
            : ScopeNames.TryParse(names, out var scopes) ? scopes : OperatorScopes.Default;
    }
}
