using Sanctum.Cli.CommandLine;
using Sanctum.Cli.Imports;
using Sanctum.Cli.Mcp.Texts;
using Sanctum.Cli.Output;
using Sanctum.Cli.Services;
using Sanctum.Cli.Terminals;
using Sanctum.Daemon.Admin;

namespace Sanctum.Cli.Mcp.Moving;

/// <summary>
/// Writes a host's file: the entry, and references to keys in the keys' places. The vault has the keys before the file is replaced, so at every moment each is in the one or the other.
/// </summary>
/// <param name="run">The command.</param>
/// <param name="file">The file.</param>
/// <param name="entry">The entry for this program.</param>
/// <param name="agent">The agent that the host is.</param>
internal sealed class Install(Run run, HostFile file, McpEntry entry, string agent)
{
    private const string BackupEnding = "before-sanctum";

    private byte[]? _content;
    private IHostText? _text;

    private IHostText Text => _text ??= Parse(_content = file.Read());

    /// <summary>What could be moved.</summary>
    /// <exception cref="CliException">The file can't be read, or is malformed.</exception>
    public KeyPlan Plan(string? prefix, McpEntry start) => KeyPlan.Of(Text, prefix, start, new VariableServices(ServiceCatalog.Of(run.Vault)));

    /// <summary>What stands in the host's other files: they are read, and not written.</summary>
    /// <param name="start">How this program is started as a wrapper; null where keys are not looked for.</param>
    public IReadOnlyList<OtherFileView> Elsewhere(McpEntry? start)
    {
        var views = new List<OtherFileView>();
        foreach (var (shown, open) in file.Others(Environment.CurrentDirectory))
        {
            try
            {
                var other = open();
                var text = Parse(other, other.Read());
                var keys = start is null ? [] : KeyPlan.Of(text, null, start, new VariableServices(ServiceCatalog.Of(run.Vault))).Keys;
                views.Add(new(shown, text.Servers.Any(it => it.Name == entry.Name), [.. keys.Select(it => it.Server).Distinct(StringComparer.Ordinal)], other.Project, null));
            }
            catch (CliException unusable)
            {
                views.Add(new(shown, false, [], null, unusable.Message));
            }
        }

        return views;
    }

    /// <summary>Whether the user wants the keys moved.</summary>
    /// <exception cref="CliException">There is nobody to ask.</exception>
    public bool Agrees(KeyPlan plan, bool isSure)
    {
        if (isSure)
        {
            return true;
        }

        _ = Console.IsInputRedirected || !StandardStreams.HasInput || run.Terminal.Json ? throw CliErrors.NobodyToAskAboutKeys(plan.Keys.Count) : 0;
        run.Terminal.Line($"these keys lie in {file.Shown}, for everybody who can read it:");
        InstallText.ShowKeys(run.Terminal, plan, "would be moved");
        Console.Error.Write("Move them into the vault? [y/N] ");
        return Console.ReadLine()?.Trim() is "y" or "Y" or "yes";
    }

    /// <summary>Shows the entry, or where keys would be moved the whole change.</summary>
    public void Print(KeyPlan? plan, bool replaces, IReadOnlyList<OtherFileView> elsewhere)
    {
        var document = InstallText.Document(file, entry, plan?.Keys.Count > 0 ? plan : null, plan) with { Elsewhere = elsewhere };
        run.Terminal.Result(document, json => json.McpEntryDocument, () =>
        {
            if (plan is not { Keys.Count: > 0 })
            {
                run.Terminal.Line(Text.TextOf(entry).TrimEnd('\n', '\r'));
                return;
            }

            InstallText.ShowChange(run.Terminal, plan, Changed(plan, replaces));
        });
        run.Terminal.Note(plan is { Keys.Count: > 0 } ? $"nothing was written; this would be the change of {file.Shown}, with 'sanctum://' in the place of each key" : $"the entry goes into {file.Shown}");
        InstallText.ShowLeft(run.Terminal, plan);
        InstallText.ShowElsewhere(run.Terminal, file, elsewhere);
    }

    /// <summary>Moves the keys of a plan, and writes the file.</summary>
    /// <param name="plan">What is moved; null for nothing.</param>
    /// <param name="seen">What could be moved; null where it was not looked for.</param>
    /// <param name="replaces">Whether an entry of the same name is replaced.</param>
    /// <param name="elsewhere">What stands in the host's other files.</param>
    public async Task WriteAsync(KeyPlan? plan, KeyPlan? seen, bool replaces, IReadOnlyList<OtherFileView> elsewhere)
    {
        var changed = Changed(plan, replaces);
        if (plan is null)
        {
            file.Write(changed, _content);
            Show(InstallText.Document(file, entry, null, seen) with { Written = true, Elsewhere = elsewhere }, null);
            return;
        }

        run.RequireVault();
        await run.AsOperatorAsync(vault => MoveAsync(vault, plan, changed, elsewhere)).ConfigureAwait(false);
    }

    private async Task MoveAsync(IOperatorApi vault, KeyPlan plan, byte[] changed, IReadOnlyList<OtherFileView> elsewhere)
    {
        var import = new Import(vault, plan.Import);
        var there = await import.CompareAsync(run.Cancelled).ConfigureAwait(false);
        var warnings = await import.StoreAsync(there, run.Cancelled).ConfigureAwait(false);
        string backup;
        try
        {
            backup = file.WriteBeside(BackupEnding, plan.WithReferences());
            file.Write(changed, _content);
        }
        catch
        {
            await import.TakeBackAsync().ConfigureAwait(false);
            throw;
        }

        Show(InstallText.Document(file, entry, plan, plan, there) with { Written = true, Backup = backup, Warnings = warnings, Elsewhere = elsewhere }, plan);
    }

    // Where keys are moved, an entry that is there already may stay: they are what the command was typed for.
    private byte[] Changed(KeyPlan? plan, bool replaces)
    {
        var isThere = Text.Servers.Any(it => it.Name == entry.Name && it.Project is null);
        _ = isThere && !replaces && plan is not { Keys.Count: > 0 } ? throw CliErrors.EntryExists(file.Shown, entry.Name) : 0;
        var changed = Text.With(isThere && !replaces ? null : entry, plan?.Changes ?? []);
        _ = Parse(changed).Servers; // What is written can be read again, whatever was in the file.
        return changed;
    }

    private void Show(McpEntryDocument document, KeyPlan? plan)
    {
        run.Terminal.Result(document, json => json.McpEntryDocument, () =>
        {
            run.Terminal.Line($"wrote the entry '{entry.Name}' into {file.Shown}");
            if (plan is not null)
            {
                InstallText.ShowKeys(run.Terminal, plan, "moved");
                run.Terminal.Line($"kept the old file as {document.Backup}, with 'sanctum://' in the place of each key");
            }
        });
        run.Terminal.Warn(document.Warnings);
        InstallText.ShowLeft(run.Terminal, document.Left);
        InstallText.ShowElsewhere(run.Terminal, file, document.Elsewhere);
        if (plan is not null)
        {
            InstallText.ShowNext(run.Terminal, plan, agent);
        }

        run.Terminal.Note($"start {file.Host.Name} again, and it has the tools; it needs a daemon that runs and an agent that is registered");
    }

    private IHostText Parse(byte[]? content) => Parse(file, content);

    private static IHostText Parse(HostFile file, byte[]? content) => file.Form.IsToml ? TomlHostText.Read(content, file.Shown, file.Form) : JsonHostText.Read(content, file.Shown, file.Form);
}
