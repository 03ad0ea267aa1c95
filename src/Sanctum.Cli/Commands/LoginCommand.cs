using System.CommandLine;
using Sanctum.Cli.CommandLine;
using Sanctum.Cli.Operators;
using Sanctum.Cli.Output;

namespace Sanctum.Cli.Commands;

/// <summary><c>sanctum login</c></summary>
internal static class LoginCommand
{
    public static Command Create(Runner runner) => runner.Bind(
        new Command("login", "Print an operator token, so that the passphrase is not asked for each time"), RunAsync);

    private static async Task RunAsync(Run run)
    {
        var daemon = await run.Operators.RequireDaemonAsync(run.Cancelled).ConfigureAwait(false);
        if (daemon.Sealed)
        {
            throw CliErrors.Sealed();
        }

        var login = await run.Operators.WithPassphraseAsync(it => run.Operators.Admin.LoginAsync(it, run.Cancelled)).ConfigureAwait(false);
        run.Terminal.Result(
            new TokenDocument(login.Token, login.ExpiresAt), json => json.TokenDocument,
            () => run.Terminal.Line(login.Token));
        run.Terminal.Note($"the token is good until {Times.Local(login.ExpiresAt)} or until the vault is sealed");
        run.Terminal.Note($"to use it in this shell: export {OperatorConnection.TokenVariable}=$(sanctum login)");
    }
}
