using System.CommandLine;
using System.Security.Cryptography;
using System.Text;
using System.Text.Unicode;
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
            run.Terminal.Result(Document(run.Terminal.Json, path, secret), json => json.SecretDocument, () => Print(run, secret));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
        }
    }

    private static void Print(Run run, byte[] secret)
    {
        run.Terminal.Bytes(secret);
        if (!Console.IsOutputRedirected)
        {
            run.Terminal.Bytes("\n"u8);
        }
    }

    private static SecretDocument Document(bool wanted, string path, byte[] secret) =>
        !wanted ? new(path, null, null) // Not even made when nobody asked: a string can't be zeroed.
        : Utf8.IsValid(secret) ? new(path, Encoding.UTF8.GetString(secret), null)
        : new(path, null, Convert.ToBase64String(secret));
}
