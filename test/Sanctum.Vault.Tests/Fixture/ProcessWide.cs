namespace Sanctum.Tests.Fixture;

/// <summary>These set what belongs to the whole process, or look at memory that others would use again, and so run with nobody else.</summary>
[CollectionDefinition(nameof(ProcessWide), DisableParallelization = true)]
public static class ProcessWide;
