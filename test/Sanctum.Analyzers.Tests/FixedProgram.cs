using System.Runtime.Loader;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Sanctum.Analyzers.CodeFixes;
using Sanctum.Client;
using Sanctum.Extensions;

namespace Sanctum.Analyzers.Tests;

/// <summary>A program as an editor has it: its warnings, what the fix makes of it, and what that does when it runs.</summary>
internal static class FixedProgram
{
    private static readonly CSharpParseOptions _language = new(LanguageVersion.CSharp14);
    private static readonly CSharpCompilationOptions _options = new(OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable, assemblyIdentityComparer: DesktopAssemblyIdentityComparer.Default);

    private static readonly IReadOnlyList<MetadataReference> _references =
        [.. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator).Select(path => MetadataReference.CreateFromFile(path))];

    /// <summary>A program with these lines in its one method.</summary>
    public static string With(string usings, string body) => $$"""
        using System;
        using System.Net.Http;
        using System.Threading.Tasks;
        using Sanctum.Client;
        using Sanctum.Extensions;
        {{usings}}

        public static class Program
        {
            public static async Task RunAsync(SanctumClient vault, Uri service, Action<SanctumOptions> configure)
            {
                {{body}}
                await Task.Yield();
            }
        }
        """;

    /// <summary>What the offered fix makes of it; null where none is offered. There has to be exactly one warning, and none afterwards.</summary>
    public static async Task<string?> FixAsync(string source)
    {
        using var workspace = new AdhocWorkspace();
        var project = workspace.AddProject(ProjectInfo.Create(ProjectId.CreateNewId(), VersionStamp.Default, "program", "program", LanguageNames.CSharp, compilationOptions: _options, parseOptions: _language, metadataReferences: _references));
        var document = workspace.AddDocument(project.Id, "Program.cs", Microsoft.CodeAnalysis.Text.SourceText.From(source));
        var warning = Assert.Single(await WarningsAsync(document));
        Assert.Equal("SANCTUM003", warning.Id);

        List<CodeAction> offered = [];
        await new KeyLiteralCodeFix().RegisterCodeFixesAsync(new CodeFixContext(document, warning, (action, _) => offered.Add(action), TestContext.Current.CancellationToken));
        if (offered.Count == 0)
        {
            return null;
        }

        var change = Assert.IsType<ApplyChangesOperation>(Assert.Single(await Assert.Single(offered).GetOperationsAsync(TestContext.Current.CancellationToken)));
        var changed = change.ChangedSolution.GetDocument(document.Id)!;
        Assert.Empty(await WarningsAsync(changed));
        return (await changed.GetTextAsync()).ToString();
    }

    public static MemoryStream Compile(string source)
    {
        var compilation = CSharpCompilation.Create($"program{Guid.NewGuid():N}", [CSharpSyntaxTree.ParseText(source, _language)], _references, _options);
        var output = new MemoryStream();
        var emitted = compilation.Emit(output);
        Assert.True(emitted.Success, string.Join('\n', emitted.Diagnostics.Where(it => it.Severity == DiagnosticSeverity.Error)) + "\n" + source);
        output.Position = 0;
        return output;
    }

    public static Task RunAsync(string source, SanctumClient vault, Uri service, Action<SanctumOptions> configure)
    {
        using var output = Compile(source);
        var run = AssemblyLoadContext.Default.LoadFromStream(output).GetType("Program")!.GetMethod("RunAsync")!;
        return (Task)run.Invoke(null, [vault, service, configure])!;
    }

    private static async Task<IReadOnlyList<Diagnostic>> WarningsAsync(Document document)
    {
        var compilation = (await document.Project.GetCompilationAsync())!;
        Assert.Empty(compilation.GetDiagnostics().Where(it => it.Severity == DiagnosticSeverity.Error));
        return await compilation.WithAnalyzers([new KeyLiteralAnalyzer()]).GetAnalyzerDiagnosticsAsync();
    }
}
