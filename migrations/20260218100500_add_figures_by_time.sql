-- What the pages of the whole farm sum up, in the order of time: a range of all workflows is read from here, a sixth of the
-- table's width. Written at its end only, as jobs complete. Workflows' own pages read idx_performance_metrics_figures.
CREATE INDEX idx_performance_metrics_figures_by_time ON performance_metrics (created_at, job_id) INCLUDE (
    workflow_id, worker_id, project_id, total_gpu_time_ms, total_wall_time_ms, likeness, face_confidence, motion_quality, boundary_ssim,
    time_per_frame_ms, vram_peak_mb, frame_count, has_other_scores, tier_key);
