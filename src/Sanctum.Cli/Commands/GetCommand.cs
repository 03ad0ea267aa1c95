using System.CommandLine;
using System.Security.Cryptography;
using Sanctum.Cli.CommandLine;
using Sanctum.Cli.Output;
using Sanctum.Credentials;
using Sanctum.Daemon.Admin;

namespace Sanctum.Cli.Commands;

/// <summary><c>sanctum get PATH</c></summary>
internal static class GetCommand
{
    public static Command Create(Runner runner)
    {
        var path = Paths.Argument();
        return runner.Bind(
            new Command("get", "Print a secret: its exact bytes, and a newline after them on a terminal") { path },
            run =>
            {
                var at = CredentialPath.Parse(run.Get(path)).Value;
                return run.AsOperatorAsync(vault => RunAsync(run, vault, at));
            });
    }

    private static async Task RunAsync(Run run, IOperatorApi vault, string path)
    {
        var secret = await vault.GetAsync(path, run.Cancelled).ConfigureAwait(false);
        try
        {
            PrintedSecret.Show(run, path, secret);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
        }
    }
}
