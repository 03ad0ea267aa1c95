using System.CommandLine;
using System.Security.Cryptography;
using Sanctum.Cli.CommandLine;
using Sanctum.Cli.Output;
using Sanctum.Cli.Terminals;
using Sanctum.Credentials;
using Sanctum.Daemon.Admin;

namespace Sanctum.Cli.Commands;

/// <summary><c>sanctum store PATH</c></summary>
internal static class StoreCommand
{
    public static Command Create(Runner runner)
    {
        var path = Paths.Argument();
        var type = new Option<string?>("--type") { Description = "What kind of secret it is. Default for a new one: api_key", HelpName = "T" };
        var description = new Option<string?>("--description") { Description = "A line for people", HelpName = "D" };
        var tags = new Option<string[]?>("--tag") { Description = "A label to find it by; may be given several times", HelpName = "T" };
        var hosts = new Option<string[]?>("--host") { Description = "A host that requests with this secret may go to; may be given several times. Default: none", HelpName = "H" };
        var header = new Option<string?>("--header-type") { Description = "How it goes into a header: bearer, api_key, basic or custom:NAME", HelpName = "T" };
        var value = new Option<string?>("--value") { Description = "The secret itself. Others can read it in the shell's history and the list of processes", HelpName = "V" };
        var raw = new Option<bool>("--raw") { Description = "Keep a newline at the end of what is read from stdin" };
        var command = new Command("store", "Put a secret in, or a new version of it; it is asked for, or read from stdin")
        {
            path, type, description, tags, hosts, header, value, raw,
        };
        return runner.Bind(command, async run =>
        {
            // Before the secret is asked for, so that it is not typed for nothing.
            var at = CredentialPath.Parse(run.Get(path)).Value;
            run.RequireVault();
            var secret = SecretValue.Get(run.Terminal, at, run.Get(value), run.Get(raw));
            try
            {
                var request = new StoreRequest(
                    at, secret, run.Get(type), run.Get(description), run.Has(tags) ? run.Get(tags) : null, run.Has(hosts) ? run.Get(hosts) : null, run.Get(header));
                await run.AsOperatorAsync(vault => StoreAsync(run, vault, request)).ConfigureAwait(false);
            }
            finally
            {
                CryptographicOperations.ZeroMemory(secret);
            }
        });
    }

    private static async Task StoreAsync(Run run, IOperatorApi vault, StoreRequest request)
    {
        var stored = await vault.StoreAsync(request, run.Cancelled).ConfigureAwait(false);
        run.Terminal.Result(stored, json => json.CredentialView, () => run.Terminal.Line($"stored {stored.Path}, version {stored.Version}"));
    }
}
