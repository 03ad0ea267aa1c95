using Sanctum.Cli.Output;
using Sanctum.Cli.Terminals;

namespace Sanctum.Cli.Imports;

/// <summary>What was imported, and what was not, as it is shown. No value is.</summary>
internal static class ImportText
{
    public static ImportDocument Document(ImportPlan plan, bool isTrial, string? file, IReadOnlySet<string> there, IReadOnlyList<string> warnings) => new(
        isTrial,
        file,
        [.. plan.Secrets.Select(it => new ImportedSecret(it.Entry.Line, it.Entry.Name!, it.Path, it.Kind, it.NeedsMore ? null : it.Service?.Name, there.Contains(it.Path), Advice(it)))],
        [.. plan.Kept.Select(it => new KeptVariable(it.Entry.Line, it.Entry.Name, it.Why))],
        warnings);

    public static void Show(Terminal terminal, ImportDocument document)
    {
        var verb = document.DryRun ? "would be stored" : "stored";
        terminal.Table(
            ["LINE", "NAME", "PATH", "BOUND AS", ""],
            document.Imported.Select(it => new string?[] { $"{it.Line}", it.Name, it.Path, it.Service ?? "nothing", it.WasThere ? "there already" : verb }),
            "no line looks like a secret; nothing was stored or written");
        foreach (var kept in document.Kept)
        {
            terminal.Line($"line {kept.Line}: {kept.Name ?? "not taken"}{(kept.Name is null ? "" : " not taken")}: {kept.Why}");
        }

        if (document.File is { } file)
        {
            terminal.Line($"{(document.DryRun ? "would write" : "wrote")} {file}");
        }

        foreach (var advice in document.Imported.Select(it => it.Advice).OfType<string>())
        {
            terminal.Note(advice);
        }
    }

    /// <summary>What is left to do with a secret; null for nothing.</summary>
    public static string? Advice(PlannedSecret secret) => secret switch
    {
        { Binding: not null } => null,
        { NeedsMore: true, Service: { } service } => $"{secret.Path} goes nowhere yet: bind it with 'sanctum store {secret.Path} {Services.ServiceExample.Of(service)}'",
        { Service: null } => $"{secret.Path} goes nowhere yet: bind it with 'sanctum store {secret.Path} --host HOST'",
        _ => null,
    };
}
