using System.CommandLine;
using Sanctum.Cli.CommandLine;
using Sanctum.Daemon.Admin;
using Sanctum.SealProviders;
using Sanctum.Storage.Sqlite.Files;

namespace Sanctum.Cli.Commands;

/// <summary><c>sanctum seal-provider add TYPE</c></summary>
internal static class SealProviderAddCommand
{
    private const string DefaultCredential = "sanctum-seal-key", DefaultKeyring = "user";

    private sealed record Given(string Type, string? Name, string? Settings, string? Credential, string? Keyring);

    public static Command Create(Runner runner)
    {
        var type = new Argument<string>("TYPE") { Description = $"One of {string.Join(", ", SealProviderCatalog.Types)}" };
        var name = new Option<string?>("--name") { Description = "What to call it. Default: its type", HelpName = "NAME" };
        var settings = new Option<string?>("--settings") { Description = "For transit and aws-kms: a file, outside the vault's folder, that says where the service is", HelpName = "FILE" };
        var credential = new Option<string?>("--credential") { Description = $"For systemd: the credential's name. Default: {DefaultCredential}", HelpName = "NAME" };
        var keyring = new Option<string?>("--keyring") { Description = $"For keyring: user or session. Default: {DefaultKeyring}", HelpName = "KEYRING" };
        return runner.Bind(
            new Command("add", "Let a seal provider open the vault when the daemon starts. The passphrase still opens it") { type, name, settings, credential, keyring },
            run => RunAsync(run, new Given(run.Get(type), run.Get(name), run.Get(settings), run.Get(credential), run.Get(keyring))));
    }

    private static Task RunAsync(Run run, Given given)
    {
        var provider = new SealProviderView(given.Name ?? given.Type, given.Type, SettingsOf(given));

        // The passphrase also when a token is at hand: without it nobody has the key that is to be wrapped.
        return run.Operators.WithPassphraseAsync(async passphrase =>
        {
            await using var vault = await run.Operators.OpenWithAsync(passphrase, run.Cancelled).ConfigureAwait(false);
            await vault.AddSealProviderAsync(passphrase, provider, run.Cancelled).ConfigureAwait(false);
            run.Terminal.Result(provider, json => json.SealProviderView, () => run.Terminal.Line($"added seal provider {provider.Name}: it opens the vault when the daemon starts"));
            run.Terminal.Note("whoever can run programs as the daemon's user can now open the vault: run agents as another user");
            run.Terminal.Note("earlier versions of sanctum can't open this vault any more");
            return true;
        });
    }

    // Each type has one setting, and an option for another type's is a mistake.
    private static string SettingsOf(Given given)
    {
        var (option, value) = given.Type switch
        {
            "systemd" => ("--credential", given.Credential ?? DefaultCredential),
            "keyring" => ("--keyring", given.Keyring ?? DefaultKeyring),
            "secret-service" => ("", ""),
            "transit" or "aws-kms" => ("--settings", given.Settings is { } file
                ? Path.GetFullPath(HomeFolder.Expand(file))
                : throw CliErrors.Usage($"{given.Type} needs --settings", "name a file that says where the service is; see 'sanctum docs sealing'")),
            _ => throw CliErrors.Usage("there is no such type of seal provider", $"use one of {string.Join(", ", SealProviderCatalog.Types)}"),
        };
        (string Name, string? Value)[] options = [("--settings", given.Settings), ("--credential", given.Credential), ("--keyring", given.Keyring)];
        return options.FirstOrDefault(it => it.Value is not null && it.Name != option) is { Name: not null } stray
            ? throw CliErrors.Usage($"{stray.Name} does not belong to {given.Type}")
            : value;
    }
}
