using System.CommandLine;
using System.Security.Cryptography;
using Sanctum.Cli.Bindings;
using Sanctum.Cli.CommandLine;
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
        var type = new Option<string?>("--type") { Description = "The type of secret. Default for a new one: api_key", HelpName = "T" };
        var description = new Option<string?>("--description") { Description = "A description, one line", HelpName = "D" };
        var tags = new Option<string[]?>("--tag") { Description = "A label, which policies can name as tag:T; can be repeated", HelpName = "T" };
        var value = new Option<string?>("--value") { Description = "The secret itself. Others can read it in the shell's history and the list of processes", HelpName = "V" };
        var raw = new Option<bool>("--raw") { Description = "Keep a newline at the end of stdin's value" };
        var command = new Command("store", "Store a secret, or a new version of it, from a prompt or stdin") { path, type, description, tags };
        var binding = new BindingOptions();
        binding.AddTo(command);
        var jwt = new JwtOptions();
        jwt.AddTo(command);
        var clear = new ClearOption();
        clear.AddTo(command);
        command.Options.Add(value);
        command.Options.Add(raw);
        return runner.Bind(command, async run =>
        {
            // Before the secret is asked for, so that it is not typed for nothing.
            var at = CredentialPath.Parse(run.Get(path)).Value;
            run.RequireVault();
            var cleared = clear.Read(run);
            var given = binding.Read(run, cleared).Check();
            var givenJwt = cleared.Has(ClearOption.Jwt) ? null : jwt.Read(run, cleared);
            var secret = SecretValue.Get(run.Terminal, at, run.Get(value), run.Get(raw));
            try
            {
                var request = given.ApplyTo(new StoreRequest(at, secret, run.Get(type), run.Get(description), run.Has(tags) ? run.Get(tags) : cleared.List(ClearOption.Tag))
                {
                    Clear = cleared.Has(ClearOption.Jwt) ? ["jwt"] : null,
                });
                await run.AsOperatorAsync(vault => StoreAsync(run, vault, request, givenJwt)).ConfigureAwait(false);
            }
            finally
            {
                CryptographicOperations.ZeroMemory(secret);
            }

            if (given.Service?.Note is { } note)
            {
                run.Terminal.Note($"{given.Service.Title}: {note}");
            }
        });
    }

    private static async Task StoreAsync(Run run, IOperatorApi vault, StoreRequest request, GivenJwt? jwt)
    {
        if (jwt is not null)
        {
            var all = await vault.ListAsync(null, null, run.Cancelled).ConfigureAwait(false);
            request = request with { Jwt = jwt.Over(all.FirstOrDefault(it => it.Path == request.Path)?.Jwt) };
        }

        var stored = await vault.StoreAsync(request, run.Cancelled).ConfigureAwait(false);
        run.Terminal.Result(stored, json => json.CredentialView, () => run.Terminal.Line($"stored {stored.Path}, version {stored.Version}; {BindingText.Of(stored)}"));
        run.Terminal.Warn(stored.Warnings);
    }
}
